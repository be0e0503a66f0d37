import DrainEngine
import DrainModel
import SimulatedWorld

// The runner's effects: each takes its time to arrive, and its answer takes its time to come back.

extension Simulation {
    func begin(_ effect: DrainRunner.Effect) {
        trace.note(effect.kind, effect.subject, at: now)
        switch effect {
        case .persist, .adopt: agenda.add(.arrive(effect, life: life), at: now + random.milliseconds(in: 1...20))
        case .read(let read):
            count(.of(read), isUrgent: false)
            if case .describeContainerInstances(_, let hosts) = read { for host in hosts { looksBeganAt[host] = now } }
            agenda.add(.arrive(effect, life: life), at: now + callLatency())
        case .perform(let calls):
            for call in calls.prefix(1) { count(.of(call), isUrgent: call.isUrgent) }
            agenda.add(.arrive(effect, life: life), at: now + callLatency())
        }
    }

    private func count(_ rate: RequestRate, isUrgent: Bool) {
        statistics.calls += 1
        fail(.withinBudget, withinBudget.violation(calling: rate, isUrgent: isUrgent, at: now))
    }

    func callLatency() -> Duration { random.milliseconds(in: 5...120) }

    func arrive(_ effect: DrainRunner.Effect, life: Int) {
        switch effect {
        case .persist(let drains):
            answer(persist(drains, life: life), life: life, after: random.milliseconds(in: 1...10))
        case .adopt(let action):
            answer(adopt(action), life: life, after: random.milliseconds(in: 1...10))
        case .read(let read):
            let reader = WorldReader(pageSize: plan.pageSize)
            answer(.read(read, reader.answer(to: read, from: world)), life: life, after: callLatency())
        case .perform(let calls):
            var answers: [Call: CallAnswer] = [:]
            for call in calls { answers[call] = perform(call) }
            answer(.answered(answers), life: life, after: callLatency())
        }
    }

    private func answer(_ input: DrainRunner.Input, life: Int, after delay: Duration) {
        agenda.add(.answer(input, life: life), at: now + delay)
    }

    // MARK: The ledger

    private func persist(_ drains: [Drain], life: Int) -> DrainRunner.Input {
        for drain in drains {
            guard let before = ledger.drains[drain.id] else {
                fail(.nothingLost, "\(drain.id) is written, and was never accepted")
                continue
            }
            if before.phase != .finished { fail(.nothingLost, RecordHistory.violation(of: before, becoming: drain)) }
            trace.note("recorded", drain.id.rawValue, at: now, drain.summary)
        }
        do throws(LedgerError) {
            try ledger.update(drains, epoch: epoch)
            for drain in drains where drain.decision?.outcome == .cancelled { forgetHeartbeats(of: drain) }
            return .persisted
        } catch {
            return .persistFailed(reason: error.description)
        }
    }

    private func adopt(_ action: LifecycleAction) -> DrainRunner.Input {
        let drain = DrainMachine.accept(action, from: .reconcile, at: clock.now(at: now), policy: plan.policy.drain)
        do throws(LedgerError) {
            let recorded = try accept(drain)
            watch(recorded)
            return .accepted(recorded)
        } catch {
            return .notAdopted(action)
        }
    }

    /// What is recorded now: the drain, or the one that is known already.
    func accept(_ drain: Drain) throws(LedgerError) -> Drain {
        switch try ledger.accept(drain, epoch: epoch) {
        case .accepted: return drain
        case .duplicate(let known): return known
        }
    }

    // MARK: Calls

    private func perform(_ call: Call) -> CallAnswer {
        if case .complete(let id, let action, .continue) = call, let open = openAction(of: action) {
            let record = ledger.drains[id]
            let began = record?.location.flatMap { looksBeganAt[$0.containerInstance] }
            fail(
                .neverEarly,
                EarlyCompletion.violation(
                    of: record, completing: action, in: world, lookBeganAt: began, clusters: plan.policy.clusters,
                    mayBeForced: forcedDrains.contains(id), lag: .zero))
            fail(.onceEach, singleCompletion.violation(completing: open, by: action))
        }
        let answer = WorldActor.perform(call, in: &world)
        trace.note(call.operation, call.drain.rawValue, at: now, "\(answer)")
        if case .recordHeartbeat(_, let action) = call, answer == .done, let open = openAction(of: action) {
            fail(.neverExpired, heartbeatGaps.violation(after: open, at: now))
        }
        noticeActions()
        return answer
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
        case .listContainerInstances(let cluster, let instances, let page):
            "instances \(cluster) \(instances.first?.rawValue ?? "") \(page ?? "")"
        case .describeContainerInstances(let cluster, let arns): "hosts \(cluster) \(arns.count)"
        case .listTasks(let cluster, _, let status, let page): "list \(cluster) \(status.rawValue) \(page ?? "")"
        case .describeTasks(let cluster, let arns): "tasks \(cluster) \(arns.first?.rawValue ?? "")"
        case .describeServices(let cluster, let names): "services \(cluster) \(names.count)"
        case .describeTaskDefinition(let name): "definition \(name)"
        case .getTaskProtection(let cluster, let arns): "protection \(cluster) \(arns.count)"
        case .describeTargetHealth(let arn): "targets \(arn)"
        case .describeInstanceHealth(let name): "balancer \(name)"
        case .describeLifecycleHooks(let group): "hooks \(group)"
        case .describeAutoScalingGroups(_, let page): "groups \(page ?? "")"
        }
    }
}
