import DrainEngine
import DrainModel
import SimulatedWorld

// The processes: what draind's own shell does around the runner.

extension Simulation {
    // MARK: From start to end

    func start(_ replica: Replica) {
        replica.lives += 1
        let process = Process(on: replica, at: now)
        replica.process = process
        guard isShared else {
            let term = begin(in: ledger.beginEpoch(), process)
            let recovered = ledger.activeDrains
            trace.note("start", String(replica.lives), at: now, "\(recovered.count) drains recovered")
            return handle(.recovered(recovered), in: term)
        }
        trace.note("start", process.holder.name, at: now)
        ask(process)
    }

    /// From now on it decides.
    func begin(in epoch: Epoch, _ process: Process) -> Term {
        let term = Term(of: process.replica, in: epoch, policy: policy)
        process.term = term
        process.isReady = true
        // A new runner begins with full buckets, as AWS's are again by the time that it takes to take over.
        withinBudget = WithinBudget(share: plan.policy.apiShare)
        return term
    }

    /// The plan's policy, listening to the world's topic.
    private var policy: EnginePolicy {
        var policy = plan.policy
        policy.notificationTargets = Set(world.topics.map(\.arn))
        return policy
    }

    /// The process is no more; what it was about to do is void.
    func end(_ process: Process) {
        process.isOver = true
        process.term?.isOver = true
        process.term = nil
        process.replica.process = nil
        process.replica.endPause(at: now)
    }

    /// The one whose decisions are recorded.
    var decider: Term? {
        replicas.lazy.compactMap { $0.process?.term }.first { $0.epoch == ledger.epoch }
    }

    /// Any that is up.
    func anyProcess() -> Process? {
        let processes = replicas.compactMap(\.process)
        return processes.count > 1 ? random.pick(processes) : processes.first
    }

    // MARK: The runner

    func tick(_ term: Term) {
        if isShared { trace.speaker = term.replica.name }
        let isIdle = term.runner.current.isEmpty
        fail(.neverRestless, term.neverRestless.violation(tickingAt: now, isIdle: isIdle))
        trace.note("tick", at: now)
        handle(.tick, in: term)
    }

    func handle(_ input: DrainRunner.Input, in term: Term) {
        guard !term.isOver else { return }
        switch input {
        case .accepted(let drain): watch(drain)
        case .recovered(let drains): for drain in drains { watch(drain) }
        default: break
        }
        var effects = term.runner.handle(input, at: term.replica.clock.now(at: now))
        let isStopping = term.replica.process?.isStopping ?? false
        if isStopping { effects = effects.filter(\.isRecord) }
        for effect in effects {
            mayCrash(term.replica)
            if term.isOver { return }
            mayPause(term.replica)
            term.underWay += 1
            begin(effect, in: term)
        }
        refreshWake(term)
        if isStopping { handOverWhenDone(term) }
    }

    func take(_ input: DrainRunner.Input, askedAt: Duration?, in term: Term) {
        mayCrash(term.replica)
        if term.isOver { return }
        term.underWay -= 1
        if let askedAt, case .read(_, let answer) = input {
            let uptime = term.replica.uptime(at: now)
            term.replica.process?.keeper.asked(isAnswered: !answer.isMissing, sentAt: askedAt, at: uptime)
        }
        if case .answered(let answers) = input { excuseHeartbeats(answers) }
        if case .read(let read, .failed) = input, read.isOfSweep { excuseUnheard(by: term) }
        handle(input, in: term)
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

    func refreshWake(_ term: Term) {
        let clock = term.replica.clock
        let wakeAt = term.runner.wakeAt(after: clock.now(at: now)).map { clock.moment(of: $0, notBefore: now) }
        term.wakeAt = term.replica.process?.isStopping ?? true ? nil : wakeAt
    }
}

extension ReadAnswer {
    fileprivate var isMissing: Bool { if case .failed(let failure) = self { failure.isUnanswered } else { false } }
}

extension DrainRunner.Effect {
    fileprivate var isRecord: Bool { if case .persist = self { true } else { false } }
}

extension Read {
    /// Whether it may show who waits without a record.
    fileprivate var isOfSweep: Bool {
        switch self {
        case .describeAutoScalingGroups, .describeWarmPool, .describeLifecycleHooks: true
        default: false
        }
    }
}
