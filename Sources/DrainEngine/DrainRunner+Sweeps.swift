import DrainModel

/// The search for actions that nobody told of.
struct Sweeps: Sendable {
    var current: OrphanSweep?
    var dueAt = Timestamp(millisecondsSinceEpoch: 0)
    /// How often in a row one could not see all that it was to.
    var failures = 0
    /// Drains for whose actions the current one looks as well.
    var seekers: [DrainID] = []
    /// Being recorded.
    var adopting: Set<HookedInstance> = []

    /// There is someone new to look for.
    mutating func hurry(to now: Timestamp) { dueAt = min(dueAt, now) }
}

extension DrainRunner {
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
        // Whoever could not be seen may be waiting with nobody to keep it alive.
        if sweep.isWhole {
            sweeps.failures = 0
        } else {
            let pause = EnginePolicy.pause(after: sweeps.failures, policy.drain.retryInterval)
            sweeps.dueAt = min(sweeps.dueAt, now + pause)
            sweeps.failures += 1
        }
        if let failure = sweep.failure {
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
            return !sweeps.adopting.contains(wait) && !ended.waits.contains(ShownWait(action))
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
