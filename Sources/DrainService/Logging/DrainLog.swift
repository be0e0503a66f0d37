import DrainEngine
import DrainModel
import Logging
import Synchronization

/// Tells the log what happens to drains, so that it alone explains them: each new line of a drain's history once, now
/// and then what it waits for, and each failure of the engine.
final class DrainLog: Sendable {
    /// The shortest time between two lines that say what one drain waits for.
    static let pause: Duration = .seconds(30)

    private let logger: Logger
    private let clock: any WallClock
    /// What has been told of each unfinished drain.
    private let told: Mutex<[DrainID: Told]>

    fileprivate struct Told {
        /// How many lines of its history.
        var lines = 0
        var waits = ""
        var waitsAt: Timestamp?
    }

    init(logger: Logger, clock: any WallClock) {
        self.logger = logger
        self.clock = clock
        told = Mutex([:])
    }

    func write(_ report: DrainController.Report) {
        switch report {
        case .recovered(let drains):
            logger.info("recovered", metadata: ["drains": "\(drains.count)"])
            for drain in drains { carryOn(drain) }
        case .recorded(let drain):
            let (from, hasNewWaits) = told.withLock { $0.takeNews(of: drain, at: clock.now()) }
            for entry in drain.history.dropFirst(from) { write(entry, of: drain) }
            if hasNewWaits { write("waiting for \(drain.waitsInBrief)", of: drain) }
        case .recordingFailed(let error): logger.error("not recorded: \(error)")
        case .standsBy(let holder):
            logger.notice("standing by: another draind decides", metadata: ["holder": "\(holder.name)"])
        case .leaseLost: logger.warning("another draind decides now: its lease is newer")
        case .leaseHandedOver:
            logger.warning(
                "AWS has not answered for \(LeaseKeeper.seclusion.brief): the lease is left to another draind")
        case .leaseUnreached(let error):
            logger.error("the lease is not seen; without it nothing is decided, and heartbeats go on: \(error)")
        case .readFailed(_, let failure): logger.warning("not seen: \(failure)")
        case .callFailed(let call, let reason):
            logger.warning("\(call.operation) failed: \(reason)", metadata: ["drain": "\(call.drain)"])
        }
    }

    private func write(_ entry: Drain.HistoryEntry, of drain: Drain) {
        // A cause that blocks is told by a line of its own, which quotes it.
        let blockers = drain.blockedBy.filter { entry.message.contains($0.message) }.prefix(1)
        let isTimedOut = (drain.outcome ?? drain.decision?.outcome) == .timedOut
        write(entry.message, of: drain, blockers: Array(blockers), isBad: isTimedOut || entry.isWarning == true)
    }

    /// Its history so far was written by the draind before.
    private func carryOn(_ drain: Drain) {
        let known = Told(lines: drain.history.count, waits: drain.waitsInBrief, waitsAt: clock.now())
        told.withLock { $0[drain.id] = known }
        let waits = drain.waitsInBrief.isEmpty ? "" : ", waiting for \(drain.waitsInBrief)"
        write("carried on: \(drain.phase.rawValue)\(waits)", of: drain, blockers: drain.blockedBy)
    }

    private func write(_ message: String, of drain: Drain, blockers: [Blocker] = [], isBad: Bool = false) {
        var details = drain.logDetails
        if !blockers.isEmpty {
            details["blocker"] = "\(blockers.map(\.code.rawValue).joined(separator: ", "))"
            details["hint"] = "\(blockers.map(\.hint).joined(separator: " "))"
        }
        logger.log(level: blockers.isEmpty && !isBad ? .info : .warning, "\(message)", metadata: details)
    }
}

extension [DrainID: DrainLog.Told] {
    /// Notes that this version of the drain is told.
    ///
    /// - Returns: how many lines of its history were told before, and whether it is time to say what it waits for. What
    ///   is passed over for being too soon is said with the next version, at the latest that of the next heartbeat.
    fileprivate mutating func takeNews(of drain: Drain, at now: Timestamp) -> (lines: Int, hasNewWaits: Bool) {
        var entry = self[drain.id] ?? DrainLog.Told()
        let lines = entry.lines
        entry.lines = drain.history.count
        let waits = drain.waitsInBrief
        let isTime = entry.waitsAt.map { now - $0 >= DrainLog.pause } ?? true
        // How the instance itself is being found and taken out of service is told by the history.
        let hasSubstance = drain.waitingFor.contains { $0.kind != .containerInstance }
        let hasNewWaits = hasSubstance && !waits.isEmpty && waits != entry.waits && isTime
        if hasNewWaits { (entry.waits, entry.waitsAt) = (waits, now) }
        self[drain.id] = drain.phase == .finished ? nil : entry
        return (lines, hasNewWaits)
    }
}

extension Drain {
    /// What it waits for in one line; empty when that is nothing, or a decision is made. Tasks of the instance, of which
    /// there may be many, are counted.
    fileprivate var waitsInBrief: String {
        guard isUndecided else { return "" }
        let tasks = waitingFor.count { $0.kind == .task }
        return
            (waitingFor.filter { $0.kind != .task }.map { "\($0.name): \($0.detail)" }
            + (tasks > 0 ? ["\(tasks) \(tasks == 1 ? "task" : "tasks") to stop"] : [])).joined(separator: "; ")
    }

    fileprivate var logDetails: Logger.Metadata {
        var details: Logger.Metadata = ["drain": "\(id)", "instance": "\(instance)", "phase": "\(phase.rawValue)"]
        if let cluster = location?.cluster { details["cluster"] = "\(cluster)" }
        if let outcome { details["outcome"] = "\(outcome.rawValue)" }
        return details
    }
}
