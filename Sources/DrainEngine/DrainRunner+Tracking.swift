import DrainModel

// Which drains there are: each action once, however often and however late it is told.

/// A wait as Auto Scaling shows it, without a token: an instance that has gone to the warm pool may soon wait again with
/// the same hook, to be terminated.
struct ShownWait: Hashable, Sendable {
    let hookedInstance: HookedInstance
    let entersWarmPool: Bool

    init(_ action: LifecycleAction) {
        hookedInstance = HookedInstance(action)
        entersWarmPool = action.entersWarmPool
    }
}

/// A hook and an instance: of these, Auto Scaling waits with one action at a time.
struct HookedInstance: Hashable, Sendable {
    let hook: LifecycleHookName
    let group: AutoScalingGroupName
    let instance: InstanceID

    init(_ action: LifecycleAction) {
        hook = action.lifecycleHook
        group = action.autoScalingGroup
        instance = action.instance
    }
}

/// What ended while this process ran.
struct Ended: Sendable {
    /// The latest ids, oldest first, so that a message read before a drain ended does not begin it again.
    private var order: [DrainID] = []
    private var ids: Set<DrainID> = []
    /// While Auto Scaling shows the instance as waiting: for another hook, or because its answer lags.
    private(set) var waits: Set<ShownWait> = []

    /// What Auto Scaling once said that it does not wait for.
    private var unconfirmed: Set<ShownWait> = []

    private static let capacity = 4096

    mutating func add(_ drain: Drain) {
        if let action = drain.action, settles(drain) { waits.insert(ShownWait(action)) }
        guard ids.insert(drain.id).inserted else { return }
        order.append(drain.id)
        if order.count > Self.capacity { ids.remove(order.removeFirst()) }
    }

    /// Whether Auto Scaling's wait is answered, as far as we are concerned. Not so when nobody knows whether it was; nor by
    /// one "no such action", to a first heartbeat, since Auto Scaling may lag, or to a later one, since the instance may be
    /// back and wait again: the sweep asks once more.
    private mutating func settles(_ drain: Drain) -> Bool {
        guard let action = drain.action, drain.outcome == .gone else { return true }
        if drain.decision != nil { return action.token != nil }
        let wait = ShownWait(action)
        return !unconfirmed.insert(wait).inserted
    }

    func contains(_ id: DrainID) -> Bool { ids.contains(id) }

    /// Auto Scaling was seen to wait for these and no others, as far as their groups could be seen.
    mutating func forgetWaits(exceptFor instances: Set<InstanceID>, unseen: Set<AutoScalingGroupName>) {
        func isStillShown(_ wait: ShownWait) -> Bool {
            instances.contains(wait.hookedInstance.instance) || unseen.contains(wait.hookedInstance.group)
        }
        waits = waits.filter(isStillShown)
        unconfirmed = unconfirmed.filter(isStillShown)
    }
}

extension DrainRunner {
    mutating func track(_ drain: Drain, isRecovered: Bool, at now: Timestamp) {
        if let action = drain.action { sweeps.adopting.remove(HookedInstance(action)) }
        guard drain.phase != .finished, !ended.contains(drain.id) else {
            // What an operator has called off is not to be asked for at every sweep.
            if drain.outcome == .cancelled { ended.add(drain) }
            return
        }
        guard drains[drain.id] == nil else {
            return step(drain.id) { known, _ in .init(DrainMachine.heard(known, drain.action?.token)) }
        }
        drains[drain.id] = TrackedDrain(drain, isRecovered: isRecovered, at: now)
        if isRecovered {
            step(drain.id) { drain, _ in DrainMachine.takenUp(drain) }
        }
        if drain.location == nil { search.hurry(to: now) }
        noteTaking(of: drain, at: now)
        if drain.isSeekingAction { sweeps.hurry(to: now) }
        guard let action = drain.action else { return }
        readHooks(of: action.autoScalingGroup, at: now)
        if isRecovered, action.token == nil, let decision = drain.decision, decision.outcome != .cancelled,
            now - decision.at > EnginePolicy.longestHold
        {
            // To complete it now by its instance could end a later action. If it still waits, the sweep adopts it.
            return step(drain.id) { drain, _ in .init(DrainMachine.givenUp(drain, at: now)) }
        }
        supersede(olderThan: action, of: drain.id, at: now)
    }

    /// Whatever EC2 takes back ends then: no drain of the instance, whichever came first, has time beyond that. A message
    /// that comes after the machine was taken tells nothing of when the drain must end.
    private mutating func noteTaking(of drain: Drain, at now: Timestamp) {
        takenBack = takenBack.filter { $0.value > now }
        if let moment = drain.takenBackAt, moment > now {
            takenBack[drain.instance] = min(moment, takenBack[drain.instance] ?? moment)
        }
        guard let moment = takenBack[drain.instance] else { return }
        for id in ids(of: drain.instance) {
            step(id) { drain, _ in .init(DrainMachine.interrupted(drain, takenBackAt: moment, at: now)) }
            if let cluster = drains[id]?.drain.location?.cluster { hurryLook(at: cluster, now: now) }
        }
    }

    /// Of two actions of one hook for one instance, the later is the one that Auto Scaling waits for.
    private mutating func supersede(olderThan action: LifecycleAction, of id: DrainID, at now: Timestamp) {
        for (rival, tracked) in drains where rival != id {
            guard let other = tracked.drain.action, other.isOfSameHook(as: action), !tracked.isFinished else {
                continue
            }
            let older = other.startedAt <= action.startedAt ? rival : id
            step(older) { drain, _ in .init(DrainMachine.superseded(drain, at: now)) }
        }
    }

    // MARK: Hooks

    /// What is known of one group's lifecycle hooks.
    mutating func readHooks(of group: AutoScalingGroupName, at now: Timestamp) {
        hooks[group, default: HookReading(dueAt: now)].dueAt = now
        applyHooks(of: group, at: now)
    }

    mutating func takeHooks(_ answer: ReadAnswer, of group: AutoScalingGroupName, at now: Timestamp) {
        guard hooks[group] != nil else { return }
        switch answer {
        case .lifecycleHooks(let found):
            hooks[group] = HookReading(hooks: found, dueAt: now + EnginePolicy.hookInterval)
            applyHooks(of: group, at: now)
        case .failed(let reason):
            let failures = hooks[group]?.failures ?? 0
            hooks[group]?.failures = failures + 1
            hooks[group]?.dueAt = now + EnginePolicy.pause(after: failures, policy.drain.retryInterval)
            for id in ids(of: group) {
                step(id) { drain, _ in .init(DrainMachine.hookUnread(drain, reason.description, at: now)) }
            }
        default: hooks[group]?.dueAt = now + policy.drain.retryInterval
        }
    }

    private mutating func applyHooks(of group: AutoScalingGroupName, at now: Timestamp) {
        guard let found = hooks[group]?.hooks else { return }
        for id in ids(of: group) {
            step(id) { drain, policy in
                // A hook that is not there any more has taken its actions along, as the next heartbeat will tell.
                guard let hook = found.first(where: { $0.name == drain.action?.lifecycleHook }) else {
                    return .init(drain)
                }
                let beside = found.filter { $0.transition == .terminating && $0.name != hook.name }.map(\.name)
                let timing = LifecycleHookTiming(heartbeatTimeoutSeconds: hook.heartbeatTimeoutSeconds)
                return .init(
                    DrainMachine.hookRead(drain, timing, beside: beside.sorted(), at: now, policy: policy))
            }
        }
    }

    private func ids(of group: AutoScalingGroupName) -> [DrainID] {
        drains.filter { $0.value.drain.action?.autoScalingGroup == group }.keys.sorted()
    }

    func hasActions(of group: AutoScalingGroupName) -> Bool {
        drains.values.contains { $0.drain.action?.autoScalingGroup == group && !$0.isFinished }
    }
}

/// What is known of one group's lifecycle hooks, and when to read them again.
struct HookReading: Hashable, Sendable {
    var hooks: [ObservedHook]?
    /// How often in a row they could not be read.
    var failures = 0
    var dueAt: Timestamp
}
