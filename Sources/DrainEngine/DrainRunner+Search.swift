import DrainModel

/// The search for instances whose cluster is not known yet, one for all of them.
struct Search: Sendable {
    var current: InstanceSearch?
    private(set) var dueAt = Timestamp(millisecondsSinceEpoch: 0)
    private(set) var beganAt: Timestamp?
    /// How many searches in a row could not ask everywhere.
    var failures = 0

    mutating func begin(_ search: InstanceSearch, at now: Timestamp) {
        current = search
        beganAt = now
    }

    mutating func end(dueAt next: Timestamp) {
        current = nil
        dueAt = next
    }

    /// There is someone new to look for.
    mutating func hurry(to now: Timestamp) { dueAt = min(dueAt, now) }
}

extension DrainRunner {
    mutating func beginSearch(at now: Timestamp) {
        guard search.current == nil, search.dueAt <= now else { return }
        let unlocated = drains.values.filter(\.isUnlocated)
        guard !unlocated.isEmpty else { return }
        search.begin(
            InstanceSearch(
                for: Set(unlocated.map(\.drain.instance)), likely: Set(unlocated.compactMap(likelyHome)),
                served: policy.clusters, groups: Set(unlocated.compactMap(\.drain.action?.autoScalingGroup))),
            at: now)
    }

    /// The cluster that the hook's metadata names, or where instances of the same group were found before.
    private func likelyHome(of tracked: TrackedDrain) -> ClusterName? {
        if let named = tracked.drain.namedCluster { return named }
        guard let action = tracked.drain.action else { return nil }
        return action.clusterInMetadata ?? homes[action.autoScalingGroup]
    }

    /// An instance that is found need not wait for the others.
    mutating func takeFound(at now: Timestamp) {
        guard let found = search.current?.whereabouts.found, !found.isEmpty else { return }
        for id in drains.keys.sorted() {
            guard let tracked = drains[id], tracked.isUnlocated, let location = found[tracked.drain.instance] else {
                continue
            }
            step(id) { drain, _ in .init(DrainMachine.located(drain, at: location, now: now)) }
            if let group = tracked.drain.action?.autoScalingGroup { homes[group] = location.cluster }
            hurryLook(at: location.cluster, now: now)
        }
    }

    mutating func endSearch(at now: Timestamp) {
        guard let ended = search.current, ended.isComplete else { return }
        search.failures = ended.failure == nil ? 0 : search.failures + 1
        search.end(
            dueAt: now
                + (ended.failure == nil
                    ? searchInterval(after: ended)
                    : EnginePolicy.pause(after: search.failures - 1, policy.drain.retryInterval)))
        for id in drains.keys.sorted() {
            guard let tracked = drains[id], tracked.isUnlocated else { continue }
            let instance = tracked.drain.instance
            if ended.whereabouts.absent.contains(instance) {
                step(id) { drain, policy in DrainMachine.absent(drain, at: now, policy: policy) }
            } else if let failure = ended.failure {
                step(id) { drain, _ in .init(DrainMachine.lookFailed(drain, failure.description, at: now)) }
            } else {
                search.hurry(to: now)  // it came in while the search was under way
            }
        }
    }

    /// EC2 tells of every Spot instance of the account that it takes back. One that no hook is about and that is in no
    /// served cluster is somebody else's, as good as surely: all clusters are asked for it once more, not every time.
    private func searchInterval(after ended: InstanceSearch) -> Duration {
        let isForeign = drains.values.filter(\.isUnlocated).allSatisfy { tracked in
            tracked.drain.action == nil && tracked.drain.takenBackAt != nil
                && ended.whereabouts.absent.contains(tracked.drain.instance)
        }
        return isForeign ? EnginePolicy.foreignSearchInterval : EnginePolicy.searchInterval
    }
}
