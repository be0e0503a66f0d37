import DrainEngine
import DrainModel
import Logging
import Synchronization

/// Tells the log what happens to drains: each new line of a drain's history once, and each failure of the engine.
final class DrainLog: Sendable {
    private let logger: Logger
    /// How many lines of each unfinished drain's history have been written.
    private let written: Mutex<[DrainID: Int]>

    /// - Parameter known: drains whose history an earlier draind has written.
    init(logger: Logger, known: [Drain]) {
        self.logger = logger
        written = Mutex(Dictionary(known.map { ($0.id, $0.history.count) }) { _, last in last })
    }

    func write(_ report: DrainController.Report) {
        switch report {
        case .recovered(let count): logger.info("recovered", metadata: ["drains": "\(count)"])
        case .recorded(let drain): writeHistory(of: drain)
        case .recordingFailed(let error): logger.error("not recorded: \(error)")
        case .readFailed(_, let failure): logger.warning("not seen: \(failure)")
        case .callFailed(let call, let reason):
            logger.warning("\(call.operation) failed: \(reason)", metadata: ["drain": "\(call.drain)"])
        }
    }

    private func writeHistory(of drain: Drain) {
        let from = written.withLock { written in
            let from = written[drain.id] ?? 0
            written[drain.id] = drain.phase == .finished ? nil : drain.history.count
            return from
        }
        for entry in drain.history.dropFirst(from) {
            var details: Logger.Metadata = [
                "drain": "\(drain.id)", "instance": "\(drain.instance)", "phase": "\(drain.phase.rawValue)",
            ]
            if let cluster = drain.location?.cluster { details["cluster"] = "\(cluster)" }
            if let outcome = drain.outcome { details["outcome"] = "\(outcome.rawValue)" }
            // A cause that blocks is told by a line of its own, which quotes it.
            let blocker = drain.blockedBy.first { entry.message.contains($0.message) }
            if let blocker {
                details["blocker"] = "\(blocker.code.rawValue)"
                details["hint"] = "\(blocker.hint)"
            }
            let isTimedOut = (drain.outcome ?? drain.decision?.outcome) == .timedOut
            logger.log(level: blocker != nil || isTimedOut ? .warning : .info, "\(entry.message)", metadata: details)
        }
    }
}
