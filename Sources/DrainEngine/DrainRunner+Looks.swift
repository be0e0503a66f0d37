import DrainModel

/// One cluster's looks.
struct ClusterWatch: Sendable {
    let cluster: ClusterName
    var look: ClusterLook?
    var lastLookAt: Timestamp?
    var dueAt: Timestamp
    /// Between the last look and the next: longer while nothing changes.
    var interval: Duration
    /// How many looks have failed in a row.
    var failures = 0
    /// Whether there is something to see that the look under way may not show.
    var hasNews = false

    /// The look that began first is finished first, so that none waits for those of all other clusters.
    func begunBefore(_ other: Self) -> Bool {
        let never = Timestamp(millisecondsSinceEpoch: 0)
        return (lastLookAt ?? never, cluster) < (other.lastLookAt ?? never, other.cluster)
    }
}

extension DrainRunner {
    /// There is someone new to look at, or something new to see: as soon as the poll interval allows.
    mutating func hurryLook(at cluster: ClusterName, now: Timestamp) {
        let poll = policy.drain.pollInterval
        var watch = watches[cluster] ?? ClusterWatch(cluster: cluster, dueAt: now, interval: poll)
        watch.dueAt = min(watch.dueAt, max(now, watch.lastLookAt.map { $0 + poll } ?? now))
        watch.interval = poll
        watch.hasNews = true
        watches[cluster] = watch
    }

    /// Whoever waits for a change looks, or is looked for, as soon as the poll interval allows. What has failed is tried
    /// again after its own pause, which no burst of events is to take away.
    mutating func take(_ hint: ChangeHint, at now: Timestamp) {
        let concerned = drains.values.filter { $0.drain.isUndecided && $0.drain.isConcerned(by: hint) }
        guard !concerned.isEmpty, hint.version.map({ seenVersions.note($0) }) ?? true else { return }
        for cluster in Set(concerned.filter(\.needsLook).compactMap(\.drain.location?.cluster))
        where watches[cluster]?.failures ?? 0 == 0 {
            hurryLook(at: cluster, now: now)
        }
        if concerned.contains(where: \.isUnlocated), search.failures == 0 {
            search.hurry(to: max(now, search.beganAt.map { $0 + policy.drain.pollInterval } ?? now))
        }
    }

    mutating func beginLooks(at now: Timestamp) {
        for tracked in drains.values where tracked.needsLook {
            if let cluster = tracked.drain.location?.cluster, watches[cluster] == nil {
                hurryLook(at: cluster, now: now)
            }
        }
        for (cluster, watch) in watches where watch.look == nil && watch.dueAt <= now {
            guard let request = lookRequest(for: cluster) else { continue }
            watches[cluster]?.look = ClusterLook(request, healthChecks: healthChecks, at: now)
            watches[cluster]?.lastLookAt = now
            watches[cluster]?.hasNews = false
        }
    }

    private func lookRequest(for cluster: ClusterName) -> LookRequest? {
        var request = LookRequest(cluster: cluster)
        let hasPlace = freeSlots(in: cluster) > 0
        for tracked in lookedAtNext(in: cluster) {
            // Those that wait for a place are all listed when there is one: the first may not be able to take it.
            let mustList = !tracked.drain.taskListIsClosed && (tracked.isInProgress || tracked.isTaken || hasPlace)
            for containerInstance in tracked.drain.containerInstances {
                var host =
                    request.hosts[containerInstance]
                    ?? LookRequest.Host(instance: tracked.drain.instance, knownTasks: [], mustList: false)
                host.knownTasks.formUnion(tracked.drain.tasks.map(\.arn))
                host.mustList = host.mustList || mustList
                request.hosts[containerInstance] = host
            }
            request.services.formUnion(tracked.drain.services)
        }
        return request.hosts.isEmpty ? nil : request
    }

    /// Those that a look is about: all, or of very many those that EC2 takes back and those that were not looked at for
    /// the longest time, in their order.
    private func lookedAtNext(in cluster: ClusterName) -> [TrackedDrain] {
        let waiting = drains(in: cluster).filter(\.needsLook)
        let never = Timestamp(millisecondsSinceEpoch: 0)
        let chosen =
            waiting.count <= EnginePolicy.mostInOneLook
            ? waiting
            : Array(
                waiting.sorted {
                    ($0.drain.rank, $0.lastLookAt ?? never, $0.drain.acceptedAt, $0.drain.id)
                        < ($1.drain.rank, $1.lastLookAt ?? never, $1.drain.acceptedAt, $1.drain.id)
                }.prefix(EnginePolicy.mostInOneLook))
        return chosen.sorted { $0.drain.comesBefore($1.drain) }
    }

    mutating func endLook(at cluster: ClusterName, now: Timestamp) {
        guard let look = watches[cluster]?.look else { return }
        if let failure = look.failure {
            watches[cluster]?.look = nil
            let failures = watches[cluster]?.failures ?? 0
            watches[cluster]?.failures = failures + 1
            watches[cluster]?.dueAt = now + EnginePolicy.pause(after: failures, policy.drain.retryInterval)
            for id in ids(in: cluster) {
                step(id) { drain, _ in .init(DrainMachine.lookFailed(drain, failure.description, at: now)) }
            }
        } else if look.isComplete {
            healthChecks.merge(look.healthChecks) { _, new in new }
            judge(by: look.snapshot, now: now)
        }
    }

    private mutating func judge(by snapshot: ClusterSnapshot, now: Timestamp) {
        let cluster = snapshot.cluster
        var slots = freeSlots(in: cluster)
        var hasChanged = watches[cluster]?.hasNews ?? false
        for id in ids(in: cluster) {
            guard let before = drains[id], snapshot.asked.isSuperset(of: before.drain.containerInstances) else {
                continue
            }
            drains[id]?.lastLookAt = now
            step(id) { drain, policy in
                DrainMachine.judge(drain, by: snapshot, mayBegin: slots > 0, at: now, policy: policy)
            }
            if !before.isInProgress, drains[id]?.isInProgress == true { slots -= 1 }
            hasChanged = hasChanged || drains[id]?.drain != before.drain || before.isClose
        }
        let poll = policy.drain.pollInterval
        guard let watch = watches[cluster] else { return }
        let interval = hasChanged ? poll : min(poll * EnginePolicy.longestStretch, watch.interval * 3 / 2)
        watches[cluster]?.look = nil
        watches[cluster]?.failures = 0
        watches[cluster]?.interval = interval
        watches[cluster]?.dueAt = (watch.lastLookAt ?? now) + interval
    }

    private func freeSlots(in cluster: ClusterName) -> Int {
        if policy.drain.maximumConcurrent == 0 { return .max }
        return policy.drain.maximumConcurrent - drains(in: cluster).count(where: \.isInProgress)
    }

    /// In their order.
    private func ids(in cluster: ClusterName) -> [DrainID] {
        drains(in: cluster).map(\.drain).sorted { $0.comesBefore($1) }.map(\.id)
    }
}

extension Drain {
    /// What EC2 takes back is taken care of first.
    fileprivate var rank: Int { takenBackAt == nil ? 1 : 0 }

    /// Then what was accepted first.
    fileprivate func comesBefore(_ other: Self) -> Bool {
        (rank, acceptedAt, id) < (other.rank, other.acceptedAt, other.id)
    }
}
