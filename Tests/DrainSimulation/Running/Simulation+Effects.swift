import DrainEngine
import DrainModel
import SimulatedWorld

// The runner's effects: each takes its time to arrive, and its answer takes its time to come back.

extension Simulation {
    func begin(_ effect: DrainRunner.Effect, in term: Term) {
        count(effect, in: term)
        trace.note(effect.kind, effect.subject, at: now)
        send(effect, in: term)
    }

    func send(_ effect: DrainRunner.Effect, in term: Term) {
        guard !term.replica.isPaused(at: now) else {
            return agenda.add(.send(effect, in: term), at: term.replica.pausedUntil)
        }
        let sentAt = term.replica.uptime(at: now)
        switch effect {
        case .persist, .adopt:
            noteDecisions(of: effect, in: term)
            agenda.add(.arrive(effect, sentAt: sentAt, in: term), at: now + random.milliseconds(in: 1...20))
        case .read where !mayDecide(term.replica) && !isStopping(term),
            .perform where !mayDecide(term.replica) && !isStopping(term) && !effect.isHeartbeat:
            agenda.add(.send(effect, in: term), at: now + .milliseconds(200))
        case .read(let read) where !mayDecide(term.replica):
            trace.note("not sent", effect.subject, at: now)
            answer(.read(read, .failed(ReadFailure(Self.mayNotDecide))), in: term, after: .milliseconds(1))
        case .read(let read):
            if case .describeContainerInstances(_, let hosts) = read {
                for host in hosts { term.looksBeganAt[host] = now }
            }
            agenda.add(.arrive(effect, sentAt: sentAt, in: term), at: now + wayThere())
        case .perform(let calls) where !calls.allSatisfy(\.isHeartbeat) && !mayDecide(term.replica):
            let refusals = calls.map { ($0, CallAnswer.refused(Self.mayNotDecide)) }
            trace.note("not sent", effect.subject, at: now)
            answer(.answered(Dictionary(refusals) { first, _ in first }), in: term, after: .milliseconds(1))
        case .perform(let calls):
            for call in calls { fail(.oneDecider, OneDecider.violation(sending: call, recorded: ledger.drains)) }
            agenda.add(.arrive(effect, sentAt: sentAt, in: term), at: now + wayThere())
        }
    }

    private static let mayNotDecide = "another draind may decide now"

    private func isStopping(_ term: Term) -> Bool { term.replica.process?.isStopping ?? true }

    /// The look after which a decision is to be recorded is the one that it rests on.
    private func noteDecisions(of effect: DrainRunner.Effect, in term: Term) {
        guard case .persist(let drains) = effect else { return }
        for drain in drains where drain.decision != nil && ledger.drains[drain.id]?.decision == nil {
            term.decidingLooks[drain.id] = drain.location.flatMap { term.looksBeganAt[$0.containerInstance] }
        }
    }

    /// What may be sent counts when that is decided: that a process stands still between the two, it cannot know.
    private func count(_ effect: DrainRunner.Effect, in term: Term) {
        switch effect {
        case .persist, .adopt: break
        case .read(let read): if mayDecide(term.replica) { count(.of(read), isUrgent: false, in: term) }
        // A batch is one call.
        case .perform(let calls):
            guard let first = calls.first, mayDecide(term.replica) || calls.allSatisfy(\.isHeartbeat) else { return }
            count(.of(first), isUrgent: first.isUrgent, in: term)
        }
    }

    /// All replicas have one share, but for one whose machine stood still: until the ledger answers, no clock tells it that
    /// another may decide.
    private func count(_ rate: RequestRate, isUrgent: Bool, in term: Term) {
        statistics.calls += 1
        guard term.replica.process?.stoodStillAt == nil else { return }
        fail(.withinBudget, withinBudget.violation(calling: rate, isUrgent: isUrgent, at: now))
    }

    func arrive(_ effect: DrainRunner.Effect, sentAt: Duration, in term: Term) {
        guard reaches(term.isOver) else { return trace.note("lost on the way", effect.kind, at: now) }
        let replica = term.replica
        switch effect {
        case .persist(let drains):
            if crashes(.beforeWrite, at: drains.map(\.phase), replica) { return }
            answer(persist(drains, in: term), in: term, after: random.milliseconds(in: 1...10))
            if crashes(.betweenWriteAndCall, at: drains.map(\.phase), replica) { return }
        case .adopt(let action):
            answer(adopt(action, in: term), in: term, after: random.milliseconds(in: 1...10))
        case .read(let read):
            let isAnswered = replica.reachesAWS(at: now)
            let answered = isAnswered ? answer(to: read) : .failed(ReadFailure("no answer in time", isUnanswered: true))
            let delay = isAnswered ? wayBack() : silence()
            agenda.add(.answer(.read(read, answered), askedAt: sentAt, in: term), at: now + delay)
        case .perform(let calls):
            let answers = perform(calls, by: replica)
            let isLost = answers.values.contains { if case .unanswered = $0 { true } else { false } }
            answer(.answered(answers), in: term, after: isLost ? silence() : wayBack())
            if crashes(.betweenCallAndWrite, at: calls.compactMap { ledger.drains[$0.drain]?.phase }, replica) {
                return
            }
        }
        mayCrash(replica)
    }

    /// - Parameter input: nil where the ledger has told that another decides now.
    private func answer(_ input: DrainRunner.Input?, in term: Term, after delay: Duration) {
        agenda.add(input.map { .answer($0, in: term) } ?? .fenced(term), at: now + delay)
    }

    // MARK: Time under way

    private func wayThere() -> Duration {
        strikes(plan.faults.slow, "slow") ? random.milliseconds(in: 500...3000) : random.milliseconds(in: 5...120)
    }

    private func wayBack() -> Duration {
        strikes(plan.faults.slow, "slow") ? random.milliseconds(in: 500...10_000) : random.milliseconds(in: 5...120)
    }

    /// Until the client gives a call up.
    private func silence() -> Duration { random.milliseconds(in: 1000...10_000) }

    // MARK: The ledger

    private func persist(_ drains: [Drain], in term: Term) -> DrainRunner.Input? {
        let before = ledger.drains
        defer {
            for drain in drains {
                checkHistory(of: drain.id, since: before[drain.id])
                if before[drain.id]?.decision == nil, ledger.drains[drain.id]?.decision != nil {
                    decidingLooks[drain.id] = term.decidingLooks[drain.id]
                }
            }
        }
        do throws(LedgerError) {
            try write(from: term.replica) { ledger throws(LedgerError) in
                try ledger.update(drains, epoch: term.epoch)
            }
            return .persisted
        } catch {
            return error == .fenced ? nil : .persistFailed(reason: error.description)
        }
    }

    private func checkHistory(of id: DrainID, since before: Drain?) {
        guard let before, let after = ledger.drains[id] else {
            return fail(.nothingLost, "\(id) is written, and was never accepted")
        }
        fail(.nothingLost, RecordHistory.violation(of: before, becoming: after))
        fail(.neverEarly, deadlineByPolicy.violation(of: after, in: world, timeout: shortestTimeout))
        if after.phase == .finished, recordedEnds[id] == nil { recordedEnds[id] = now }
        trace.note("recorded", id.rawValue, at: now, after.summary)
        if after.decision?.outcome == .cancelled { forgetHeartbeats(of: after) }
        if before.action == nil { watch(after) }
    }

    private func adopt(_ action: LifecycleAction, in term: Term) -> DrainRunner.Input? {
        let time = term.replica.clock.now(at: now)
        let drain = DrainMachine.accept(action, from: .reconcile, at: time, policy: plan.policy.drain)
        do throws(LedgerError) {
            let recorded = try accept(drain, from: term.replica, in: term.epoch)
            trace.note("adopted", recorded.id.rawValue, at: now)
            fail(.nothingLost, cancellationUndone(by: recorded))
            return .accepted(recorded)
        } catch {
            recount(after: error, in: term)
            return error == .fenced ? nil : .notAdopted(action)
        }
    }

    /// What an operator has called off stays called off, as long as Auto Scaling waits.
    private func cancellationUndone(by drain: Drain) -> String? {
        guard drain.phase != .finished, let action = drain.action else { return nil }
        let cancelled = ledger.drains.values.contains { other in
            other.decision?.outcome == .cancelled && other.action?.isOfSameHook(as: action) ?? false
        }
        return cancelled ? "\(drain.instance) is drained again, which an operator has called off" : nil
    }

    /// What is recorded now: the drain, or the one that is known already.
    func accept(_ drain: Drain, from replica: Replica, in epoch: Epoch?) throws(LedgerError) -> Drain {
        let acceptance = try write(from: replica) { ledger throws(LedgerError) in
            try ledger.accept(drain, epoch: epoch)
        }
        switch acceptance {
        case .accepted: return drain
        case .duplicate(let known): return known
        }
    }

    // MARK: Calls

    private func perform(_ calls: [Call], by replica: Replica) -> [Call: CallAnswer] {
        var answers: [Call: CallAnswer] = [:]
        let disturbance =
            replica.reachesAWS(at: now) ? calls.first.flatMap(disturbance) : .lost(isCarriedOut: false)
        for call in calls {
            if disturbance != nil { excuseHeartbeat(call) }
            if isUndisturbed { fail(.neverRestless, storm(of: call)) }
            switch disturbance {
            case .refused(let reason): answers[call] = .refused(reason)
            case .throttled: answers[call] = .refused("ThrottlingException: Rate exceeded", isThrottling: true)
            case .lost(let isCarriedOut):
                if isCarriedOut { _ = perform(call) }
                answers[call] = .unanswered("no answer in time")
            case nil:
                // Of a batch, some may be refused.
                let isRefused = calls.count > 1 && strikes(plan.faults.callRefused, "refused in part")
                answers[call] = isRefused ? .refused("MISSING") : perform(call)
            }
            if let answer = answers[call] { trace.note(call.operation, call.drain.rawValue, at: now, "\(answer)") }
        }
        return answers
    }

    private var deadlineByPolicy: DeadlineByPolicy {
        // Between two processes it is set by minutes, and those of several replicas are a minute apart.
        let clockError: Duration = plan.faults.clockJump > 0 ? .seconds(7200) : isShared ? .seconds(90) : .seconds(10)
        return DeadlineByPolicy(policy: plan.policy.drain, clockError: clockError)
    }

    private func storm(of call: Call) -> String? {
        let action = ledger.drains[call.drain]?.action.flatMap { openAction(of: $0) }
        return noStorms.violation(
            sending: call, timeout: action.map(shortestTimeout), restarts: replicas.reduce(-1) { $0 + $1.lives },
            at: now)
    }

    /// Of the action's hook, which may have been changed meanwhile.
    private func shortestTimeout(of action: World.LifecycleAction) -> Duration {
        let group = world.autoScalingGroups.first { $0.name == action.group }
        let hook = group?.hooks.first { $0.name == action.hook }
        // Of one that is not there, draind assumes the shortest.
        return min(timeouts[action.id.number] ?? .seconds(30), hook?.heartbeatTimeout ?? .seconds(30))
    }

    private func perform(_ call: Call) -> CallAnswer {
        if case .complete(let id, let action, let result) = call, let open = openAction(of: action) {
            let record = ledger.drains[id]
            fail(.neverEarly, earlyCompletion.violation(of: record, completing: action, with: result, in: world))
            fail(.onceEach, singleCompletion.violation(completing: open, by: action))
        }
        fail(.onceEach, groundlessness(of: call))
        let answer = WorldActor.perform(call, in: &world)
        if case .recordHeartbeat(_, let action) = call, answer == .done, let open = openAction(of: action) {
            fail(.neverExpired, heartbeatGaps.violation(after: open, isPassedOn: !isServed, at: now))
        }
        noticeActions()
        return answer
    }

    /// Nothing is done to an instance with which Auto Scaling does not wait, unless an operator asked for it or EC2 takes
    /// it back.
    private func groundlessness(of call: Call) -> String? {
        switch call {
        case .recordHeartbeat, .complete, .setActive: return nil
        case .setDraining, .deregister, .stopTask: break
        }
        if let drain = ledger.drains[call.drain], drain.action == nil, drain.origin != .manual {
            let isTaken = world.spotInterruptions.contains { $0.instanceID == drain.instance.rawValue }
            return isTaken ? nil : "\(call.operation) for \(drain.instance), which EC2 does not take back"
        }
        guard let drain = ledger.drains[call.drain], var action = drain.action else { return nil }
        // What was found waiting without its token may have been told that of an earlier wait.
        if drain.origin == .reconcile { action.token = nil }
        guard openAction(of: action) == nil else { return nil }
        // Whoever ended the action just now, nobody can have known.
        if let ended = endedAt[action.instance], now - ended < unnoticed(by: drain, action) { return nil }
        return "\(call.operation) for \(action.instance), with which Auto Scaling does not wait"
    }

    /// The next heartbeat tells, half a timeout later, and may take its time. What none has confirmed yet is not obeyed.
    private func unnoticed(by drain: Drain, _ action: LifecycleAction) -> Duration {
        if drain.heartbeat.lastAt == nil { return .zero }
        let group = world.autoScalingGroups.first { $0.name == action.autoScalingGroup.rawValue }
        let timeout = group?.hooks.map(\.heartbeatTimeout).max() ?? .zero
        return timeout / 2 + .seconds(180)
    }

    private var earlyCompletion: EarlyCompletion {
        EarlyCompletion(
            clusters: plan.policy.clusters, forced: forcedDrains, decidingLooks: decidingLooks,
            activatedAt: activatedAt, lag: plan.faults.stale > 0 ? Self.longestLag : .zero, lacks: lacks,
            earlierServices: earlierServices)
    }

    func earlierServices(of instance: InstanceID) -> Set<ServiceName> {
        Set(ledger.drains.values.filter { $0.instance == instance && $0.phase == .finished }.flatMap(\.services))
    }

    /// The action that Auto Scaling waits with, found as it finds it.
    func openAction(of action: LifecycleAction) -> World.LifecycleAction? {
        openActions.map { world.lifecycleActions[$0] }.first { open in
            open.completion == nil && open.instanceID == action.instance.rawValue
                && open.hook == action.lifecycleHook.rawValue
                && action.token.map { $0.rawValue == open.token } ?? true
        }
    }
}

extension Drain {
    /// In a line.
    var summary: String {
        let waits = waitingFor.map { "\($0.kind.rawValue) \($0.name) \($0.detail)" }.joined(separator: ", ")
        let decided = decision.map { " decided \($0.outcome.rawValue) \($0.result.rawValue)" } ?? ""
        return "\(phase)\(decided), \(tasks.count(where: \.isStopped)) of \(tasks.count) tasks stopped"
            + (waits.isEmpty ? "" : ", waits for \(waits)")
            + (blockedBy.isEmpty ? "" : ", blocked by \(blockedBy.map(\.code.rawValue).joined(separator: ", "))")
    }
}

extension Call {
    fileprivate var isHeartbeat: Bool { if case .recordHeartbeat = self { true } else { false } }

    var isUrgent: Bool {
        switch self {
        case .recordHeartbeat, .complete: true
        case .setDraining, .setActive, .deregister, .stopTask: false
        }
    }
}

extension DrainRunner.Effect {
    var kind: String {
        switch self {
        case .persist: "persist"
        case .adopt: "adopt"
        case .read: "read"
        case .perform: "perform"
        }
    }

    /// What tells it from others, for the fingerprint.
    var subject: String {
        switch self {
        case .persist(let drains): drains.map(\.id.rawValue).joined(separator: " ")
        case .adopt(let action): action.instance.rawValue
        case .read(let read): read.subject
        case .perform(let calls): calls.map { "\($0.operation) \($0.drain)" }.joined(separator: " ")
        }
    }
}

extension Read {
    fileprivate var subject: String {
        switch self {
        case .listClusters(let page): "clusters \(page ?? "")"
        case .describeClusters(let names): "providers of \(names.count)"
        case .describeCapacityProviders(let names, let page): "providers \(names.count) \(page ?? "")"
        case .listContainerInstances(let cluster, let instances, let page):
            "instances \(cluster) \(instances.first?.rawValue ?? "") \(page ?? "")"
        case .describeContainerInstances(let cluster, let arns): "hosts \(cluster) \(arns.count)"
        case .listTasks(let cluster, _, let status, let page): "list \(cluster) \(status.rawValue) \(page ?? "")"
        case .describeTasks(let cluster, let arns): "tasks \(cluster) \(arns.first?.rawValue ?? "")"
        case .describeServices(let cluster, let names): "services \(cluster) \(names.count)"
        case .describeTaskDefinition(let name): "definition \(name)"
        case .getTaskProtection(let cluster, let arns): "protection \(cluster) \(arns.count)"
        case .describeInstances(let instances, let page): "machines \(instances.count) \(page ?? "")"
        case .describeTargetHealth(let arn): "targets \(arn)"
        case .describeInstanceHealth(let name): "balancer \(name)"
        case .describeLifecycleHooks(let group): "hooks \(group)"
        case .describeAutoScalingGroups(_, let page): "groups \(page ?? "")"
        case .describeWarmPool(let group, let page): "pool \(group) \(page ?? "")"
        }
    }
}

extension DrainRunner.Effect {
    /// Whether it is of use whoever decides.
    fileprivate var isHeartbeat: Bool {
        if case .perform(let calls) = self { calls.allSatisfy(\.isHeartbeat) } else { false }
    }
}
