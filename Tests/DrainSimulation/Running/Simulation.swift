import DrainEngine
import DrainModel
import SimulatedWorld

/// One run of a plan: the very ``DrainRunner`` that draind runs, over a simulated account, in virtual time, on one
/// thread. All that surrounds the runner is played: AWS, the ledger, the messages, the process and its clock. Whatever
/// is left to chance is drawn from the plan's seed, so a run can be repeated exactly.
public final class Simulation {
    public let plan: Plan
    var world: World
    var now: WorldTime
    var random: SeededGenerator
    var agenda = Agenda<Happening>()
    var ledger = MemoryLedger()
    let replicas: [Replica]
    var trace: Trace
    var statistics = Statistics()
    var violation: Violation?

    /// Whether nothing happens and nothing goes wrong any more.
    var isCalm = false
    var doneSince: WorldTime?
    /// How the world was within the last seconds, oldest first; kept only where answers may lag.
    var olderWorlds: [(at: WorldTime, world: World)] = []
    var ledgerAwayUntil = Plan.start
    var awsBuckets: [RequestRate: TokenBucket] = [:]

    /// Of each cluster, how many of its changes events have told of.
    var changesTold: [Int]
    /// How many of the world's warnings about Spot instances have been sent.
    var seenInterruptions = 0
    /// The lifecycle actions seen so far, and those that are open.
    var seenActions = 0
    var openActions: [Int] = []
    /// Of each action its heartbeat timeout, as its hook was when it began.
    var timeouts: [Int: Duration] = [:]
    /// When the last action of an instance ended.
    var endedAt: [InstanceID: WorldTime] = [:]
    var forcedDrains: Set<DrainID> = []
    /// When the look began after which each was decided.
    var decidingLooks: [DrainID: WorldTime] = [:]
    /// When each drain's end was recorded.
    var recordedEnds: [DrainID: WorldTime] = [:]
    /// By others than draind.
    var drainedByOthers: Set<ContainerInstanceARN> = []
    /// When somebody else last set one to ACTIVE.
    var activatedAt: [ContainerInstanceARN: WorldTime] = [:]

    var singleCompletion = SingleCompletion()
    var heartbeatGaps = HeartbeatGaps()
    var namedIsTrue: NamedIsTrue
    var noNeedlessWait: NoNeedlessWait
    var noStorms = NoStorms()
    var withinBudget: WithinBudget
    var takeover = Takeover()
    /// Kept in a run that is to be judged closely.
    var lacks: ServiceLacks?
    /// Where the process still has to die.
    var crashPoints: ArraySlice<CrashPoint>
    var endsInTime: EndsInTime?

    /// - Throws: ``World/Failure`` when the plan contradicts itself.
    private init(_ plan: Plan, inWords: Bool, closely: Bool = false) throws {
        self.plan = plan
        lacks = closely ? ServiceLacks() : nil
        world = try plan.makeWorld()
        now = world.now
        changesTold = world.clusters.map(\.changeCount)
        random = SeededGenerator(seed: plan.seed ^ 0x5175_1A7E_D000_0001)
        replicas = zip(Self.names, plan.replicas).map { [now] name, replica in
            var replica = replica
            replica.clockDrift += plan.faults.clockDrift
            return Replica(name, replica, startingAt: now)
        }
        trace = Trace(inWords: inWords)
        namedIsTrue = NamedIsTrue(policy: plan.policy.drain)
        noNeedlessWait = NoNeedlessWait(policy: plan.policy.drain)
        withinBudget = WithinBudget(share: plan.policy.apiShare)
        crashPoints = plan.crashPoints[...]
        for replica in replicas { agenda.add(.start(replica), at: now) }
        for scripted in plan.script { agenda.add(.scripted(scripted.event), at: now + scripted.at) }
        agenda.add(.calm, at: now + plan.duration)
        agenda.add(.check, at: now + Self.checkInterval)
    }

    private static let names = ["a", "b", "c", "d", "e"]
    static let checkInterval = Duration.seconds(15)

    /// Whether the ledger is one that several share.
    var isShared: Bool { replicas.count > 1 }

    /// Runs a plan to its end, or to the first violation. What seems to be completed too early is judged once more, and
    /// closely.
    public static func outcome(of plan: Plan, inWords: Bool = false) throws -> Outcome {
        let outcome = try Simulation(plan, inWords: inWords).run()
        guard outcome.violation?.invariant == .neverEarly else { return outcome }
        return try Simulation(plan, inWords: inWords, closely: true).run()
    }

    private func run() -> Outcome {
        while violation == nil, !isOver { step() }
        let drains = ledger.drains.values.sorted { $0.id < $1.id }
        for outcome in drains.compactMap(\.outcome) { statistics.drains[outcome, default: 0] += 1 }
        statistics.openDrains = drains.count { $0.phase != .finished }
        statistics.tasksStarted = tasksStarted
        return Outcome(
            seed: plan.seed, violation: violation, simulated: now - Plan.start, statistics: statistics, drains: drains,
            fingerprint: trace.fingerprint, trace: trace.lines)
    }

    private var tasksStarted: Int {
        let tasks = world.clusters.flatMap { world.tasks(in: $0) }.filter { $0.createdAt > Plan.start }
        return tasks.count { task in
            task.service.map { world[$0].schedulingStrategy == .replica } ?? false
        }
    }

    private func step() {
        statistics.events += 1
        now = [agenda.nextAt, nextTerm?.wakesAt, world.nextEventAt].compactMap { $0 }.min().map { max(now, $0) } ?? now
        rememberWorld()
        world.advance(to: now)
        noteLacks()
        noticeActions()
        noticeChanges()
        checkTakeover()
        if let happening = agenda.next(dueAt: now) {
            happen(happening)
        } else if let term = nextTerm, let due = term.wakesAt, due <= now {
            tick(term)
        }
    }

    /// The one that wakes next.
    private var nextTerm: Term? {
        var next: Term?
        for term in replicas.lazy.compactMap({ $0.process?.term }) {
            guard let due = term.wakesAt else { continue }
            if next?.wakesAt.map({ due < $0 }) ?? true { next = term }
        }
        return next
    }

    private func noteLacks() {
        guard lacks != nil else { return }
        for instance in Set(openActions.map { world.lifecycleActions[$0].instanceID }).sorted() {
            lacks?.note(world.unmetConditions(ofInstance: instance)?.services ?? [], of: instance, at: now)
        }
    }

    private func happen(_ happening: Happening) {
        let replica = happening.place
        if isShared { trace.speaker = replica?.name ?? "" }
        if let replica, replica.isPaused(at: now), !isUnderWay(happening) {
            return agenda.add(happening, at: replica.pausedUntil)
        }
        switch happening {
        case .scripted(let event): play(event)
        case .deliver(let letter): deliver(letter)
        case .hint(let hint): deliver(hint)
        case .record(let drain, let letter, let process, let term): record(drain, of: letter, by: process, in: term)
        case .accepted(let letter, let drain, let process): tell(drain, of: letter, by: process)
        case .send(let effect, let term): if !term.isOver { send(effect, in: term) }
        case .arrive(let effect, let sentAt, let term): arrive(effect, sentAt: sentAt, in: term)
        case .answer(let input, let askedAt, let term): if !term.isOver { take(input, askedAt: askedAt, in: term) }
        case .fenced(let term): if !term.isOver { end(term) }
        case .recount(let term, let notes): recount(in: term, having: notes)
        case .lease(let happening, let process): happen(happening, to: process)
        case .start(let replica): start(replica)
        case .recovered(let replica): noteRecovery(of: replica)
        case .calm: becomeCalm()
        case .check: check()
        }
    }

    /// What was sent before a process stood still may be out in the world already, or still in its hands.
    private func isUnderWay(_ happening: Happening) -> Bool { happening.isOutside && random.chance(0.5) }

    func fail(_ invariant: Violation.Invariant, _ text: String?) {
        guard let text, violation == nil else { return }
        violation = Violation(invariant: invariant, at: now - Plan.start, text: text)
        trace.note("VIOLATION", at: now, "(\(invariant.rawValue)) \(text)")
    }

    // MARK: The end

    var isUndisturbed: Bool { plan.faults == FaultPlan() && !isShared }
    /// By which deadlines pass latest.
    private var slowestClock: Timestamp {
        replicas.map { $0.clock.now(at: now) }.min() ?? Timestamp(now)
    }
    /// Under a small share, a look at many small pages takes minutes.
    private var looksAreQuick: Bool { plan.policy.apiShare >= 10 && plan.pageSize >= 5 }

    private func becomeCalm() {
        if let end = replicas.map(\.pausedUntil).max(), end > now { return agenda.add(.calm, at: end) }
        isCalm = true
        trace.note("calm", at: now)
        ledgerAwayUntil = now
        for replica in replicas { endPartitions(of: replica) }
        olderWorlds = []
        endsInTime = EndsInTime(
            policy: plan.policy, calmSince: now, calmClock: slowestClock, isUndisturbed: isUndisturbed)
    }

    /// Everything has come to its end, and stayed there for two sweeps.
    private var isOver: Bool {
        guard let doneSince else { return false }
        let sweep = plan.policy.reconcileInterval ?? .seconds(60)
        return now - doneSince > sweep * 2 + .seconds(30)
    }

    private func check() {
        agenda.add(.check, at: now + Self.checkInterval)
        mayMisbehave(timesAMinute: Double(60_000 / Self.checkInterval.milliseconds))
        if let decider {
            let open = decider.runner.current.sorted { $0.id < $1.id }
            fail(.nothingLost, EndsInTime.violation(ofOutlasting: open))
            fail(.alwaysExplained, decider.alwaysExplained.violation(of: open, at: now))
            if isUndisturbed, looksAreQuick {
                fail(.nothingLost, noNeedlessWait.violation(of: open, in: world, at: now))
                let standaloneTasks = StandaloneTasksInTime(policy: plan.policy)
                fail(.nothingLost, standaloneTasks.violation(of: open, in: world, at: now))
                fail(.alwaysExplained, namedIsTrue.violation(of: open, after: earlierServices, in: world, at: now))
            }
        }
        guard let endsInTime else { return }
        let open = ledger.activeDrains
        fail(.nothingLost, endsInTime.violation(ofOpen: open, clockAt: slowestClock))
        let unrecorded = openActions.filter { !isRecorded($0) }.map { world.lifecycleActions[$0] }
        fail(.nothingLost, endsInTime.violation(ofUnrecorded: unrecorded, at: now))
        if isUndisturbed, !plan.clusters.contains(where: \.hasManagedDraining) {
            let cancelled = CancelledLeavesNoTrace(drainedByOthers: drainedByOthers)
            fail(.nothingLost, cancelled.violation(of: Array(ledger.drains.values), in: world))
        }
        let isDone = open.isEmpty && unrecorded.isEmpty && (decider?.runner.current.isEmpty ?? false)
        doneSince = isDone ? doneSince ?? now : nil
    }
}
