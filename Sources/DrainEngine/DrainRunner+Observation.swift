import DrainModel

// What the runner wants to see: where instances are, how long hooks wait, what a cluster looks like, who waits unheard.

/// The search for instances whose cluster is not known yet, one for all of them.
struct Search: Sendable {
    var current: InstanceSearch?
    private(set) var dueAt = Timestamp(millisecondsSinceEpoch: 0)

    mutating func end(dueAt next: Timestamp) {
        current = nil
        dueAt = next
    }
    /// There is someone new to look for.
    mutating func hurry(to now: Timestamp) { dueAt = min(dueAt, now) }
}

/// One cluster's looks.
struct ClusterWatch: Sendable {
    let cluster: ClusterName
    var look: ClusterLook?
    var lastLookAt: Timestamp?
    var dueAt: Timestamp
    /// Between the last look and the next: longer while nothing changes.
    var interval: Duration
}

/// The search for actions that nobody told of.
struct Sweeps: Sendable {
    var current: OrphanSweep?
    var dueAt = Timestamp(millisecondsSinceEpoch: 0)
    /// Being recorded.
    var adopting: Set<HookedInstance> = []
}

extension DrainRunner {
    // MARK: Reads

    /// What is wanted now, the most urgent first.
    private func wantedReads(at now: Timestamp) -> [Read] {
        let dueHooks = hooks.filter { $0.value.dueAt <= now && hasActions(of: $0.key) }.keys.sorted()
        return dueHooks.map { .describeLifecycleHooks($0) } + (search.current?.wanted ?? [])
            + watches.values.sorted { $0.cluster < $1.cluster }.flatMap { $0.look?.wanted ?? [] }
            + (sweeps.current?.wanted ?? [])
    }

    mutating func readEffects(at now: Timestamp) -> [Effect] {
        var empty: Set<APIBucket> = []
        var effects: [Effect] = []
        for read in wantedReads(at: now) where !readsUnderWay.contains(read) && !empty.contains(read.bucket) {
            if budget.take(read.bucket, urgent: isUrgent(read, at: now), at: now) {
                readsUnderWay.insert(read)
                effects.append(.read(read))
            } else {
                empty.insert(read.bucket)
            }
        }
        return effects
    }

    /// Heartbeats are urgent and may use up a bucket for as long as there are many drains. What makes them rarer, and what
    /// finds those who get none, must not wait for that: the first reading of a hook, and a sweep that is overdue.
    private func isUrgent(_ read: Read, at now: Timestamp) -> Bool {
        switch read {
        case .describeLifecycleHooks(let group) where hooks[group].map({ $0.hooks == nil }) ?? false: true
        case .describeLifecycleHooks, .describeAutoScalingGroups: sweeps.current != nil && sweeps.dueAt <= now
        default: false
        }
    }

    /// When the budget will allow what it does not allow now.
    func waitingReadMoments(at now: Timestamp) -> [Timestamp] {
        let waiting = wantedReads(at: now).filter { !readsUnderWay.contains($0) }
        // A sweep becomes urgent when the next one is due.
        let overdue = sweeps.current != nil && sweeps.dueAt > now && !waiting.isEmpty ? [sweeps.dueAt] : []
        return Set(waiting.map(\.bucket)).map { budget.nextCall($0, at: now) } + overdue
    }

    mutating func take(_ read: Read, _ answer: ReadAnswer, at now: Timestamp) {
        readsUnderWay.remove(read)
        if case .failed(let reason) = answer, reason.isThrottling { budget.throttled(read.bucket, at: now) }
        if case .describeLifecycleHooks(let group) = read { takeHooks(answer, of: group, at: now) }
        if search.current != nil {
            search.current?.take(read, answer)
            endSearch(at: now)
        }
        for cluster in watches.keys.sorted() where watches[cluster]?.look != nil {
            watches[cluster]?.look?.take(read, answer)
            endLook(at: cluster, now: now)
        }
        if sweeps.current != nil { sweeps.current?.take(read, answer) }
    }

    // MARK: Searching

    mutating func beginSearch(at now: Timestamp) {
        guard search.current == nil, search.dueAt <= now else { return }
        let unlocated = drains.values.filter(\.isUnlocated)
        guard !unlocated.isEmpty else { return }
        search.current = InstanceSearch(
            for: Set(unlocated.map(\.drain.instance)), likely: Set(unlocated.compactMap(likelyHome)),
            served: policy.clusters)
    }

    /// The cluster that the hook's metadata names, or where instances of the same group were found before.
    private func likelyHome(of tracked: TrackedDrain) -> ClusterName? {
        guard let action = tracked.drain.action else { return nil }
        return action.clusterInMetadata ?? homes[action.autoScalingGroup]
    }

    private mutating func endSearch(at now: Timestamp) {
        guard let ended = search.current, ended.isComplete else { return }
        let pause = ended.failure == nil ? EnginePolicy.searchInterval : policy.drain.retryInterval
        search.end(dueAt: now + pause)
        for id in drains.keys.sorted() {
            guard let tracked = drains[id], tracked.isUnlocated else { continue }
            let instance = tracked.drain.instance
            if let location = ended.whereabouts.found[instance] {
                step(id) { drain, _ in .init(DrainMachine.located(drain, at: location, now: now)) }
                if let group = tracked.drain.action?.autoScalingGroup { homes[group] = location.cluster }
                hurryLook(at: location.cluster, now: now)
            } else if ended.whereabouts.absent.contains(instance) {
                step(id) { drain, policy in DrainMachine.absent(drain, at: now, policy: policy) }
            } else if let failure = ended.failure {
                step(id) { drain, _ in .init(DrainMachine.lookFailed(drain, failure.description, at: now)) }
            } else {
                search.hurry(to: now)  // it came in while the search was under way
            }
        }
    }

    // MARK: Looking

    /// There is someone new to look at: as soon as the poll interval allows.
    private mutating func hurryLook(at cluster: ClusterName, now: Timestamp) {
        let watch =
            watches[cluster]
            ?? ClusterWatch(cluster: cluster, dueAt: now, interval: policy.drain.pollInterval)
        watches[cluster] = watch
        watches[cluster]?.dueAt = max(now, watch.lastLookAt.map { $0 + policy.drain.pollInterval } ?? now)
        watches[cluster]?.interval = policy.drain.pollInterval
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
        }
    }

    private func lookRequest(for cluster: ClusterName) -> LookRequest? {
        var request = LookRequest(cluster: cluster)
        // Deregistering with force ends protected tasks as DRAINING does.
        request.respectsProtection = true
        for tracked in drains(in: cluster) where tracked.needsLook {
            for containerInstance in tracked.drain.containerInstances {
                var host =
                    request.hosts[containerInstance]
                    ?? LookRequest.Host(instance: tracked.drain.instance, knownTasks: [], mustList: false)
                host.knownTasks.formUnion(tracked.drain.tasks.map(\.arn))
                host.mustList = host.mustList || !tracked.drain.taskListIsClosed
                request.hosts[containerInstance] = host
            }
            request.services.formUnion(tracked.drain.services)
        }
        return request.hosts.isEmpty ? nil : request
    }

    private mutating func endLook(at cluster: ClusterName, now: Timestamp) {
        guard let look = watches[cluster]?.look else { return }
        if let failure = look.failure {
            watches[cluster]?.look = nil
            watches[cluster]?.dueAt = now + policy.drain.retryInterval
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
        var hasChanged = false
        for id in ids(in: cluster) {
            guard let before = drains[id] else { continue }
            step(id) { drain, policy in
                DrainMachine.judge(drain, by: snapshot, mayBegin: slots > 0, at: now, policy: policy)
            }
            if !before.isInProgress, drains[id]?.isInProgress == true { slots -= 1 }
            // A drain whose tasks have ended is close: it is not kept waiting by a long interval.
            hasChanged = hasChanged || drains[id]?.drain != before.drain || before.drain.phase == .replacing
        }
        let poll = policy.drain.pollInterval
        guard let watch = watches[cluster] else { return }
        let interval = hasChanged ? poll : min(poll * EnginePolicy.longestStretch, watch.interval * 3 / 2)
        watches[cluster]?.look = nil
        watches[cluster]?.interval = interval
        watches[cluster]?.dueAt = (watch.lastLookAt ?? now) + interval
    }

    private func freeSlots(in cluster: ClusterName) -> Int {
        if policy.drain.maximumConcurrent == 0 { return .max }
        return policy.drain.maximumConcurrent - drains(in: cluster).count(where: \.isInProgress)
    }

    /// In order of acceptance.
    private func ids(in cluster: ClusterName) -> [DrainID] {
        drains(in: cluster).map(\.drain).sorted { ($0.acceptedAt, $0.id) < ($1.acceptedAt, $1.id) }.map(\.id)
    }

    // MARK: Sweeping

    /// Begins a sweep when it is due, and adopts what a finished one found.
    mutating func sweepEffects(at now: Timestamp) -> [Effect] {
        guard let interval = policy.reconcileInterval else { return [] }
        guard let sweep = sweeps.current else {
            if sweeps.dueAt <= now {
                sweeps.dueAt = now + interval
                sweeps.current = OrphanSweep(
                    of: policy.autoScalingGroups, notificationTargets: policy.notificationTargets)
            }
            return []
        }
        guard sweep.isComplete else { return [] }
        sweeps.current = nil
        if sweep.failure != nil {
            sweeps.dueAt = min(sweeps.dueAt, now + policy.drain.retryInterval)
            return []
        }
        noteRetention(by: sweep.retaining, at: now)
        let orphans = sweep.orphans(at: now).filter { action in
            let wait = HookedInstance(action)
            return !sweeps.adopting.contains(wait) && !ended.waits.contains(wait)
                && !drains.values.contains { $0.drain.action.map(HookedInstance.init) == wait }
        }
        ended.forgetWaits(exceptFor: sweep.waitingInstances)
        sweeps.adopting.formUnion(orphans.map(HookedInstance.init))
        return orphans.map { .adopt($0) }
    }

    private mutating func noteRetention(by groups: Set<AutoScalingGroupName>, at now: Timestamp) {
        for id in drains.keys.sorted() {
            step(id) { drain, _ in
                let retains = drain.action.map { groups.contains($0.autoScalingGroup) } ?? false
                return .init(DrainMachine.retention(drain, retains))
            }
        }
    }
}
