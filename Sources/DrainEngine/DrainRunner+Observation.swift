import DrainModel

// What the runner wants to see: where instances are, how long hooks wait, what a cluster looks like.

/// The search for instances whose cluster is not known yet, one for all of them.
struct Search: Hashable, Sendable {
    private(set) var isUnderWay = false
    private(set) var dueAt = Timestamp(millisecondsSinceEpoch: 0)

    mutating func begin() { isUnderWay = true }
    mutating func end(dueAt next: Timestamp) {
        isUnderWay = false
        dueAt = next
    }
    /// There is someone new to look for.
    mutating func hurry(to now: Timestamp) { dueAt = min(dueAt, now) }
}

/// One cluster's looks.
struct ClusterWatch: Hashable, Sendable {
    let cluster: ClusterName
    var isUnderWay = false
    var dueAt: Timestamp
}

struct HookKey: Hashable, Comparable, Sendable {
    let hook: LifecycleHookName
    let group: AutoScalingGroupName

    static func < (left: Self, right: Self) -> Bool { (left.group, left.hook) < (right.group, right.hook) }
}

/// What is known of one lifecycle hook.
struct HookReading: Hashable, Sendable {
    var timing: LifecycleHookTiming?
    var isUnderWay = false
    var dueAt: Timestamp

    mutating func end(dueAt next: Timestamp) {
        isUnderWay = false
        dueAt = next
    }
}

extension DrainRunner {
    mutating func track(_ drain: Drain, isRecovered: Bool, at now: Timestamp) {
        guard drains[drain.id] == nil, drain.phase != .finished else { return }
        drains[drain.id] = TrackedDrain(drain, isRecovered: isRecovered)
        let key = HookKey(hook: drain.action.lifecycleHook, group: drain.action.autoScalingGroup)
        if hooks[key] == nil { hooks[key] = HookReading(dueAt: now) }
        if drain.location == nil { search.hurry(to: now) }
        if let timing = hooks[key]?.timing {
            step(drain.id) { drain, policy in .init(DrainMachine.hookRead(drain, timing, at: now, policy: policy)) }
        }
        supersede(olderThan: drain, at: now)
    }

    /// Of two actions of one hook for one instance, the later is the one that Auto Scaling waits for.
    private mutating func supersede(olderThan drain: Drain, at now: Timestamp) {
        let rivals = drains.values.map(\.drain).filter {
            $0.id != drain.id && $0.phase != .finished && $0.instance == drain.instance
                && $0.action.lifecycleHook == drain.action.lifecycleHook
                && $0.action.autoScalingGroup == drain.action.autoScalingGroup
        }
        for rival in rivals {
            let older = rival.action.startedAt <= drain.action.startedAt ? rival.id : drain.id
            step(older) { drain, _ in .init(DrainMachine.superseded(drain, at: now)) }
        }
    }

    // MARK: Searching

    mutating func searchEffects(at now: Timestamp) -> [Effect] {
        guard !search.isUnderWay, search.dueAt <= now else { return [] }
        let wanted = Set(drains.values.filter(\.isUnlocated).map(\.drain.instance))
        guard !wanted.isEmpty else { return [] }
        search.begin()
        return [.locate(wanted)]
    }

    mutating func takeWhereabouts(_ whereabouts: Whereabouts, at now: Timestamp) {
        search.end(dueAt: now + policy.registrationDelay / 2)
        for (id, tracked) in drains where tracked.isUnlocated {
            if let location = whereabouts.found[tracked.drain.instance] {
                step(id) { drain, _ in .init(DrainMachine.located(drain, at: location, now: now)) }
                // A new drain is looked at with the cluster's next look, at once if none is running.
                watches[location.cluster, default: ClusterWatch(cluster: location.cluster, dueAt: now)].dueAt = now
            } else if whereabouts.absent.contains(tracked.drain.instance) {
                step(id) { drain, policy in DrainMachine.absent(drain, at: now, policy: policy) }
            } else {
                search.hurry(to: now)  // it came in while the search was under way
            }
        }
    }

    // MARK: Hooks

    mutating func hookEffects(at now: Timestamp) -> [Effect] {
        let needed = Set(
            drains.values.filter { !$0.isFinished }.map {
                HookKey(hook: $0.drain.action.lifecycleHook, group: $0.drain.action.autoScalingGroup)
            })
        hooks = hooks.filter { needed.contains($0.key) }
        var effects: [Effect] = []
        for (key, reading) in hooks.sorted(by: { $0.key < $1.key })
        where reading.timing == nil && !reading.isUnderWay && reading.dueAt <= now {
            hooks[key]?.isUnderWay = true
            effects.append(.readHook(key.hook, key.group))
        }
        return effects
    }

    mutating func takeTiming(
        _ timing: LifecycleHookTiming?, of hook: LifecycleHookName, in group: AutoScalingGroupName, at now: Timestamp
    ) {
        let key = HookKey(hook: hook, group: group)
        // A hook that was deleted leaves its running actions behind: assume the shortest limits AWS knows.
        let timing = timing ?? .shortest
        hooks[key]?.timing = timing
        hooks[key]?.end(dueAt: now)
        for (id, tracked) in drains
        where tracked.drain.action.lifecycleHook == hook && tracked.drain.action.autoScalingGroup == group {
            step(id) { drain, policy in .init(DrainMachine.hookRead(drain, timing, at: now, policy: policy)) }
        }
    }

    // MARK: Looking

    mutating func lookEffects(at now: Timestamp) -> [Effect] {
        for tracked in drains.values {
            guard tracked.needsLook, let cluster = tracked.drain.location?.cluster, watches[cluster] == nil else {
                continue
            }
            watches[cluster] = ClusterWatch(cluster: cluster, dueAt: now)
        }
        var effects: [Effect] = []
        for (cluster, watch) in watches.sorted(by: { $0.key < $1.key }) where !watch.isUnderWay && watch.dueAt <= now {
            guard let request = lookRequest(for: cluster) else { continue }
            watches[cluster]?.isUnderWay = true
            watches[cluster]?.dueAt = now + policy.pollInterval
            effects.append(.look(request))
        }
        return effects
    }

    private func lookRequest(for cluster: ClusterName) -> LookRequest? {
        var request = LookRequest(cluster: cluster)
        for tracked in drains(in: cluster) where tracked.needsLook {
            guard let location = tracked.drain.location else { continue }
            request.hosts[location.containerInstance] = LookRequest.Host(
                knownTasks: Set(tracked.drain.tasks.map(\.arn)), mustList: !tracked.drain.taskListIsClosed)
            request.services.formUnion(tracked.drain.services)
        }
        return request.hosts.isEmpty ? nil : request
    }
}
