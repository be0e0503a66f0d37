import DrainModel

// What the runner wants to see: where instances are, how long hooks wait, what a cluster looks like, who waits unheard.

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

/// The search for actions that nobody told of.
struct Sweeps: Sendable {
    var current: OrphanSweep?
    var dueAt = Timestamp(millisecondsSinceEpoch: 0)
    /// Drains for whose actions the current one looks as well.
    var seekers: [DrainID] = []
    /// Being recorded.
    var adopting: Set<HookedInstance> = []

    /// There is someone new to look for.
    mutating func hurry(to now: Timestamp) { dueAt = min(dueAt, now) }
}

extension DrainRunner {
    // MARK: Reads

    /// What is wanted now, the most urgent first.
    private func wantedReads(at now: Timestamp) -> [Read] {
        let dueHooks = hooks.filter { $0.value.dueAt <= now && hasActions(of: $0.key) }.keys.sorted()
        return dueHooks.map { .describeLifecycleHooks($0) } + (search.current?.wanted ?? [])
            + watches.values.sorted { $0.begunBefore($1) }.flatMap { $0.look?.wanted ?? [] }
            + (sweeps.current?.wanted ?? [])
    }

    mutating func readEffects(at now: Timestamp) -> [Effect] {
        var empty: Set<APIBucket> = []
        var effects: [Effect] = []
        for read in wantedReads(at: now) where readsUnderWay[read] == nil && !empty.contains(read.bucket) {
            if budget.take(read.bucket, at: now) {
                readsUnderWay[read] = now
                effects.append(.read(read))
            } else {
                empty.insert(read.bucket)
            }
        }
        return effects
    }

    /// When the budget will allow what it does not allow now.
    func waitingReadMoments(at now: Timestamp) -> [Timestamp] {
        let waiting = wantedReads(at: now).filter { readsUnderWay[$0] == nil }
        return Set(waiting.map(\.bucket)).map { budget.nextCall($0, at: now) }
    }

    mutating func take(_ read: Read, _ answer: ReadAnswer, at now: Timestamp) {
        let sentAt = readsUnderWay.removeValue(forKey: read) ?? now
        if case .failed(let reason) = answer, reason.isThrottling { budget.throttled(read.bucket, at: now) }
        if case .describeLifecycleHooks(let group) = read { takeHooks(answer, of: group, at: now) }
        if search.current != nil {
            search.current?.take(read, answer)
            takeFound(at: now)
            endSearch(at: now)
        }
        for cluster in watches.keys.sorted() where watches[cluster]?.look != nil {
            watches[cluster]?.look?.take(read, answer, sentAt: sentAt, at: now)
            endLook(at: cluster, now: now)
        }
        if sweeps.current != nil { sweeps.current?.take(read, answer) }
    }

    // MARK: Searching

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
    private mutating func takeFound(at now: Timestamp) {
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

    private mutating func endSearch(at now: Timestamp) {
        guard let ended = search.current, ended.isComplete else { return }
        search.failures = ended.failure == nil ? 0 : search.failures + 1
        search.end(
            dueAt: now
                + (ended.failure == nil
                    ? EnginePolicy.searchInterval
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

    // MARK: Looking

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

    private mutating func endLook(at cluster: ClusterName, now: Timestamp) {
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
            // What was not listed in this look may have protected tasks that nobody has seen.
            let isListed = snapshot.listedContainerInstances.isSuperset(of: before.drain.containerInstances)
            step(id) { drain, policy in
                DrainMachine.judge(drain, by: snapshot, mayBegin: slots > 0 && isListed, at: now, policy: policy)
            }
            if !before.isInProgress, drains[id]?.isInProgress == true { slots -= 1 }
            // A drain whose tasks have ended is close, and so is one whose instance is taken: neither is kept waiting by a
            // long interval.
            hasChanged =
                hasChanged || drains[id]?.drain != before.drain || before.drain.phase == .replacing || before.isTaken
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

    // MARK: Sweeping

    /// Whether someone is to be looked for: whoever nobody told of, or whoever an operator wants completed.
    var sweepsAreWanted: Bool {
        policy.reconcileInterval != nil || drains.values.contains(where: \.drain.isSeekingAction)
    }

    /// Begins a sweep when it is due, and adopts what a finished one found.
    mutating func sweepEffects(at now: Timestamp) -> [Effect] {
        guard sweepsAreWanted else { return [] }
        guard let sweep = sweeps.current else {
            if sweeps.dueAt <= now {
                sweeps.dueAt = now + (policy.reconcileInterval ?? EnginePolicy.searchInterval)
                sweeps.seekers = drains.values.filter(\.drain.isSeekingAction).map(\.drain.id).sorted()
                let draining = Set(drains.values.compactMap(\.drain.action?.autoScalingGroup))
                sweeps.current = OrphanSweep(
                    of: policy.autoScalingGroups, beside: draining, notificationTargets: policy.notificationTargets)
            }
            return []
        }
        guard sweep.isComplete else { return [] }
        sweeps.current = nil
        if let failure = sweep.failure {
            sweeps.dueAt = min(sweeps.dueAt, now + policy.drain.retryInterval)
            for id in sweeps.seekers {
                step(id) { drain, _ in .init(DrainMachine.actionsUnread(drain, failure.description, at: now)) }
            }
            return []
        }
        noteRetention(by: sweep.retention, at: now)
        answerSeekers(by: sweep, at: now)
        guard policy.reconcileInterval != nil else { return [] }
        let orphans = sweep.orphans(at: now).filter { action in
            let wait = HookedInstance(action)
            return !sweeps.adopting.contains(wait) && !ended.waits.contains(wait)
                && !drains.values.contains { $0.drain.action.map(HookedInstance.init) == wait }
        }
        ended.forgetWaits(exceptFor: sweep.waitingInstances, unseen: sweep.unseenPools)
        sweeps.adopting.formUnion(orphans.map(HookedInstance.init))
        return orphans.map { .adopt($0) }
    }

    /// Tells each drain that seeks its action what Auto Scaling waits with, except for what other drains are open for.
    private mutating func answerSeekers(by sweep: OrphanSweep, at now: Timestamp) {
        for id in sweeps.seekers {
            guard let seeker = drains[id]?.drain, seeker.isSeekingAction else { continue }
            let others = Set(
                drains.values.filter { $0.drain.id != id }.compactMap { $0.drain.action.map(HookedInstance.init) })
            do throws(ReadFailure) {
                let pending = try sweep.pending(for: seeker.instance, at: now)
                    .filter { !others.contains(HookedInstance($0)) }
                step(id) { drain, _ in .init(DrainMachine.actionsFound(drain, pending, at: now)) }
            } catch {
                step(id) { drain, _ in .init(DrainMachine.actionsUnread(drain, error.description, at: now)) }
                sweeps.dueAt = min(sweeps.dueAt, now + policy.drain.retryInterval)
            }
            if let group = drains[id]?.drain.action?.autoScalingGroup { readHooks(of: group, at: now) }
        }
    }

    private mutating func noteRetention(by groups: [AutoScalingGroupName: Bool], at now: Timestamp) {
        for id in drains.keys.sorted() {
            guard let retains = drains[id]?.drain.action.flatMap({ groups[$0.autoScalingGroup] }) else { continue }
            step(id) { drain, _ in .init(DrainMachine.retention(drain, retains)) }
        }
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
