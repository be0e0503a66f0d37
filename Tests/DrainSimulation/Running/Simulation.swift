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
    var clock: ProcessClock
    var trace: Trace
    var statistics = Statistics()
    var violation: Violation?

    /// The process; nil while it is down.
    var runner: DrainRunner?
    /// Counts the processes: what belongs to an earlier one is void.
    var life = 0
    var wakeAt: WorldTime?
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
    /// When the last look at a container instance began, and for each drain the one that decided it.
    var looksBeganAt: [ContainerInstanceARN: WorldTime] = [:]
    var decidingLooks: [DrainID: WorldTime] = [:]
    /// When each drain's end was recorded.
    var recordedEnds: [DrainID: WorldTime] = [:]
    /// By others than draind.
    var drainedByOthers: Set<ContainerInstanceARN> = []
    /// When somebody else last set one to ACTIVE.
    var activatedAt: [ContainerInstanceARN: WorldTime] = [:]

    var singleCompletion = SingleCompletion()
    var heartbeatGaps = HeartbeatGaps()
    var alwaysExplained = AlwaysExplained()
    var namedIsTrue: NamedIsTrue
    var noNeedlessWait: NoNeedlessWait
    var noStorms = NoStorms()
    var withinBudget: WithinBudget
    var neverRestless = NeverRestless()
    /// Kept in a run that is to be judged closely.
    var lacks: ServiceLacks?
    /// Where the process still has to die.
    var crashPoints: ArraySlice<CrashPoint>
    var endsInTime: EndsInTime?

    /// What is to happen in a run, beside what happens in its world.
    enum Happening {
        case scripted(Scripted.Event)
        case deliver(Letter)
        case hint(ChangeHint)
        case recordLetter(Letter, Drain, life: Int)
        case recordManual(Drain, life: Int)
        case accepted(Letter?, Drain, life: Int)
        /// An effect arrives at AWS or at the ledger.
        case arrive(DrainRunner.Effect, life: Int)
        case answer(DrainRunner.Input, life: Int)
        case recount(life: Int)
        case start
        case calm
        case check
    }

    /// - Throws: ``World/Failure`` when the plan contradicts itself.
    private init(_ plan: Plan, inWords: Bool, closely: Bool = false) throws {
        self.plan = plan
        lacks = closely ? ServiceLacks() : nil
        world = try plan.makeWorld()
        now = world.now
        changesTold = world.clusters.map(\.changeCount)
        random = SeededGenerator(seed: plan.seed ^ 0x5175_1A7E_D000_0001)
        clock = ProcessClock(startingAt: now, driftInMillionths: plan.faults.clockDrift)
        trace = Trace(inWords: inWords)
        namedIsTrue = NamedIsTrue(policy: plan.policy.drain)
        noNeedlessWait = NoNeedlessWait(policy: plan.policy.drain)
        withinBudget = WithinBudget(share: plan.policy.apiShare)
        crashPoints = plan.crashPoints[...]
        agenda.add(.start, at: now)
        for scripted in plan.script { agenda.add(.scripted(scripted.event), at: now + scripted.at) }
        agenda.add(.calm, at: now + plan.duration)
        agenda.add(.check, at: now + Self.checkInterval)
    }

    static let checkInterval = Duration.seconds(15)

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
        now = [agenda.nextAt, wakeAt, world.nextEventAt].compactMap { $0 }.min().map { max(now, $0) } ?? now
        rememberWorld()
        world.advance(to: now)
        noteLacks()
        noticeActions()
        noticeChanges()
        if let happening = agenda.next(dueAt: now) {
            happen(happening)
        } else if let due = wakeAt, due <= now {
            tick()
        }
    }

    private func noteLacks() {
        guard lacks != nil else { return }
        for instance in Set(openActions.map { world.lifecycleActions[$0].instanceID }).sorted() {
            lacks?.note(world.unmetConditions(ofInstance: instance)?.services ?? [], of: instance, at: now)
        }
    }

    private func happen(_ happening: Happening) {
        switch happening {
        case .scripted(let event): play(event)
        case .deliver(let letter): deliver(letter)
        case .hint(let hint): deliver(hint)
        case .recordLetter(let letter, let drain, let life): record(drain, of: letter, life: life)
        case .recordManual(let drain, let life): record(drain, of: nil, life: life)
        case .accepted(let letter, let drain, let life): tell(drain, of: letter, life: life)
        case .arrive(let effect, let life): arrive(effect, life: life)
        case .answer(let input, let life):
            guard life == self.life, runner != nil else { return }
            take(input)
        case .recount(let life): recount(life: life)
        case .start: start()
        case .calm: becomeCalm()
        case .check: check()
        }
    }

    func fail(_ invariant: Violation.Invariant, _ text: String?) {
        guard let text, violation == nil else { return }
        violation = Violation(invariant: invariant, at: now - Plan.start, text: text)
        trace.note("VIOLATION", at: now, "(\(invariant.rawValue)) \(text)")
    }

    // MARK: The process

    func start() {
        life += 1
        runner = DrainRunner(policy: policy)
        ledger.beginEpoch()
        let recovered = ledger.activeDrains
        trace.note("start", String(life), at: now, "\(recovered.count) drains recovered")
        for drain in recovered { watch(drain) }
        handle(.recovered(recovered))
    }

    /// The plan's policy, listening to the world's topic.
    private var policy: EnginePolicy {
        var policy = plan.policy
        policy.notificationTargets = Set(world.topics.map(\.arn))
        return policy
    }

    private func tick() {
        let isIdle = runner?.current.isEmpty ?? true
        fail(.neverRestless, neverRestless.violation(tickingAt: now, isIdle: isIdle))
        trace.note("tick", at: now)
        handle(.tick)
    }

    func handle(_ input: DrainRunner.Input) {
        guard let effects = runner?.handle(input, at: clock.now(at: now)) else { return }
        for effect in effects {
            mayCrash()
            if runner == nil { return }
            begin(effect)
        }
        refreshWake()
    }

    private func take(_ input: DrainRunner.Input) {
        mayCrash()
        if runner == nil { return }
        if case .accepted(let drain) = input { watch(drain) }
        if case .answered(let answers) = input { excuseHeartbeats(answers) }
        handle(input)
    }

    /// AWS did not do what it was asked to.
    private func excuseHeartbeats(_ answers: [Call: CallAnswer]) {
        for (call, answer) in answers {
            if answer != .done { excuseHeartbeat(call) }
        }
    }

    func excuseHeartbeat(_ call: Call) {
        guard case .recordHeartbeat(_, var action) = call else { return }
        // It may have been told the token of an earlier wait, which only an answer tells.
        action.token = nil
        guard let open = openAction(of: action) else { return }
        heartbeatGaps.excuse(open.id.number, at: now)
    }

    func refreshWake() {
        let time = clock.now(at: now)
        wakeAt = runner?.wakeAt(after: time).map { clock.moment(of: $0, notBefore: now) }
    }

    // MARK: The end

    var isUndisturbed: Bool { plan.faults == FaultPlan() }
    /// Under a small share, a look at many small pages takes minutes.
    private var looksAreQuick: Bool { plan.policy.apiShare >= 10 && plan.pageSize >= 5 }

    private func becomeCalm() {
        isCalm = true
        trace.note("calm", at: now)
        ledgerAwayUntil = now
        olderWorlds = []
        endsInTime = EndsInTime(
            policy: plan.policy, calmSince: now, calmClock: clock.now(at: now), isUndisturbed: isUndisturbed)
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
        if let current = runner?.current {
            fail(.nothingLost, EndsInTime.violation(ofOutlasting: current))
            let open = current.sorted { $0.id < $1.id }
            fail(.alwaysExplained, alwaysExplained.violation(of: open, at: now))
            if isUndisturbed, looksAreQuick {
                fail(.nothingLost, noNeedlessWait.violation(of: open, in: world, at: now))
                let standaloneTasks = StandaloneTasksInTime(policy: plan.policy)
                fail(.nothingLost, standaloneTasks.violation(of: open, in: world, at: now))
                fail(.alwaysExplained, namedIsTrue.violation(of: open, in: world, at: now))
            }
        }
        guard let endsInTime else { return }
        let open = ledger.activeDrains
        fail(.nothingLost, endsInTime.violation(ofOpen: open, clockAt: clock.now(at: now)))
        let unrecorded = openActions.filter { !isRecorded($0) }.map { world.lifecycleActions[$0] }
        fail(.nothingLost, endsInTime.violation(ofUnrecorded: unrecorded, at: now))
        if isUndisturbed, !plan.clusters.contains(where: \.hasManagedDraining) {
            let cancelled = CancelledLeavesNoTrace(drainedByOthers: drainedByOthers)
            fail(.nothingLost, cancelled.violation(of: Array(ledger.drains.values), in: world))
        }
        let isDone = open.isEmpty && unrecorded.isEmpty && (runner?.current.isEmpty ?? false)
        doneSince = isDone ? doneSince ?? now : nil
    }
}
