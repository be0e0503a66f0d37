import DrainEngine
import DrainModel
import SimulatedWorld

/// One draind: its machine with its clocks and its ways out, and its process while that is up.
final class Replica {
    let name: String
    /// Of the wall.
    var clock: ProcessClock
    var process: Process?
    /// Counts the processes.
    var lives = 0
    private let bootedAt: WorldTime
    /// What its uptime has missed: time in which the whole machine stood still.
    private var standstill = Duration.zero
    /// Until when it stands still, and until when it does not reach others.
    private(set) var pausedUntil: WorldTime
    private var machinePausedUntil: WorldTime
    var cutOffFromLedgerUntil: WorldTime
    var cutOffFromAWSUntil: WorldTime

    init(_ name: String, _ plan: ReplicaPlan, startingAt now: WorldTime) {
        self.name = name
        clock = ProcessClock(startingAt: now, driftInMillionths: plan.clockDrift)
        clock.set(by: plan.clockError, at: now)
        (bootedAt, pausedUntil, machinePausedUntil) = (now, now, now)
        (cutOffFromLedgerUntil, cutOffFromAWSUntil) = (now, now)
    }

    func uptime(at now: WorldTime) -> Duration { now - bootedAt - standstill }

    /// When its uptime will be that, unless it stands still meanwhile.
    func moment(of uptime: Duration) -> WorldTime { bootedAt + uptime + standstill }

    func pause(until end: WorldTime, withMachine: Bool, at now: WorldTime) {
        pausedUntil = end
        guard withMachine else { return }
        process?.stoodStillAt = uptime(at: now)
        machinePausedUntil = end
        standstill += end - now
    }

    /// Its process has died meanwhile.
    func endPause(at now: WorldTime) {
        if now < machinePausedUntil { standstill -= machinePausedUntil - now }
        machinePausedUntil = min(machinePausedUntil, now)
        pausedUntil = min(pausedUntil, now)
    }

    func isPaused(at now: WorldTime) -> Bool { now < pausedUntil }
    func reachesLedger(at now: WorldTime) -> Bool { now >= cutOffFromLedgerUntil }
    func reachesAWS(at now: WorldTime) -> Bool { now >= cutOffFromAWSUntil }

    /// Since when its process could do everything, if it can.
    func fitSince(_ now: WorldTime) -> WorldTime? {
        guard let process, !process.isStopping else { return nil }
        let since = max(process.startedAt, max(pausedUntil, max(cutOffFromLedgerUntil, cutOffFromAWSUntil)))
        return since <= now ? since : nil
    }
}

/// From the start of draind until it dies or has stopped.
final class Process {
    unowned let replica: Replica
    let holder: Lease.Holder
    let startedAt: WorldTime
    var isOver = false
    /// Whether it accepts.
    var isReady = false
    /// It was told to stop, and is started again after so long.
    var stop: Duration?
    /// While it decides.
    var term: Term?
    /// Where several share the ledger.
    var keeper: LeaseKeeper
    /// What the one that decides is to be told.
    var hints: [ChangeHint] = []
    /// What was asked of the ledger in earlier turns is void.
    var turn = 0
    var isAsking = false
    /// When, by its uptime, its machine stood still: of a lease renewed before that it cannot know that it is another's.
    var stoodStillAt: Duration?

    init(on replica: Replica, at now: WorldTime) {
        self.replica = replica
        startedAt = now
        holder = Lease.Holder(name: "\(replica.name)\(replica.lives)")
        keeper = LeaseKeeper(name: holder.name)
    }

    var isStopping: Bool { stop != nil }
}

/// From taking up the ledger until the process ends, or another decides.
final class Term {
    unowned let replica: Replica
    let epoch: Epoch
    var runner: DrainRunner
    var wakeAt: WorldTime?
    /// Effects that are not answered yet.
    var underWay = 0
    var isOver = false

    var alwaysExplained = AlwaysExplained()
    var neverRestless = NeverRestless()
    /// When the last look at a container instance began, and for each drain the one after which it was decided.
    var looksBeganAt: [ContainerInstanceARN: WorldTime] = [:]
    var decidingLooks: [DrainID: WorldTime] = [:]

    init(of replica: Replica, in epoch: Epoch, policy: EnginePolicy) {
        self.replica = replica
        self.epoch = epoch
        runner = DrainRunner(policy: policy)
    }

    /// When it has something to do by itself.
    var wakesAt: WorldTime? { wakeAt.map { max($0, replica.pausedUntil) } }
}
