import SimulatedWorld

// What became of the drains of a draind that was killed.
extension DemoReport {
    /// Nothing where nobody was killed.
    var takeoverInWords: String {
        guard let takeover, let successor = takeover.successor else { return "" }
        return """
            \(takeover.killed.name) was killed (SIGKILL) in epoch \(takeover.killed.epoch), with \
            \(takeover.openDrains) drains open. \(successor.name) decided, in epoch \(successor.epoch), after \
            \(text(takeover.decidedAfter)); Auto Scaling heard of it after \(text(takeover.calledAfter(in: world))).
            Longest time without a heartbeat: \(text(world.longestSilence)) of \(text(plot.heartbeatTimeout)).

            """
    }

    private func text(_ duration: Duration?) -> String { duration.map { "\($0.inTenths) s" } ?? "no time" }

    /// One must have been killed and another have taken over; each action must have been completed once, by a call.
    var problemsOfTakeover: [String] {
        let completions = world.lifecycleCalls.count { $0.operation == "CompleteLifecycleAction" }
        return (takeover == nil ? ["the drains ended before a draind could be killed"] : [])
            + (takeover != nil && takeover?.successor == nil ? ["nobody took over"] : [])
            + world.lifecycleActions.filter { $0.completion?.cause != .call }.map { "\($0.instanceID): not by a call" }
            + (completions == plot.drains ? [] : ["\(completions) completions were sent for \(plot.drains) actions"])
    }

    var verdictOfTakeover: String {
        guard let takeover, let successor = takeover.successor else { return "" }
        return "\(takeover.killed.name) died in the middle of \(takeover.openDrains) drains, and \(successor.name) "
            + "took over after \(text(takeover.decidedAfter)): nothing was lost, and nothing completed twice."
    }

    struct TakeoverJSON: Encodable {
        let killed: Takeover.Term
        let killedAt: String
        let openDrains: Int
        let successor: Takeover.Term?
        /// From the kill, as the successor says.
        let secondsUntilDecided: Double?
        /// From the kill to the successor's first call to Auto Scaling, as the account saw it.
        let secondsUntilCalled: Double?
        let longestSecondsWithoutHeartbeat: Double
        let heartbeatTimeoutSeconds: Double

        init(_ takeover: Takeover, in report: DemoReport) {
            killed = takeover.killed
            killedAt = takeover.killedAt.iso8601
            openDrains = takeover.openDrains
            successor = takeover.successor
            secondsUntilDecided = takeover.decidedAfter.map { $0 / .seconds(1) }
            secondsUntilCalled = takeover.calledAfter(in: report.world).map { $0 / .seconds(1) }
            longestSecondsWithoutHeartbeat = report.world.longestSilence / .seconds(1)
            heartbeatTimeoutSeconds = report.plot.heartbeatTimeout / .seconds(1)
        }
    }
}
