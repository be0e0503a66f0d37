// What a look at the cluster means for a drain.
extension DrainMachine {
    /// A look at the cluster arrived: the one place where a drain can become drained.
    ///
    /// - Parameter mayBegin: whether there is a place for it among the drains in progress.
    public static func judge(
        _ drain: Drain, by snapshot: ClusterSnapshot, mayBegin: Bool = true, at now: Timestamp, policy: DrainPolicy
    ) -> Step {
        guard drain.isUndecided, let location = drain.location, location.cluster == snapshot.cluster,
            snapshot.asked.isSuperset(of: drain.containerInstances)
        else { return Step(drain) }
        let new = snapshot.registrations(of: drain.instance).subtracting(drain.containerInstances)
        guard new.isEmpty else { return Step(drain.registered(as: new.sorted(), in: snapshot, at: now)) }
        var drain = drain
        drain.absorb(snapshot, now: now, policy: policy)
        drain.blockedBy.removeAll { $0.code == .awsUnreachable }
        let hosts = drain.containerInstances.sorted()
        let active = hosts.filter { snapshot.status(of: $0) == .active }
        let draining = hosts.filter { snapshot.status(of: $0) == .draining }
        if !active.isEmpty {
            return begin(drain, at: location, active, in: snapshot, mayBegin: mayBegin, at: now, policy: policy)
        }
        if case .other(let status)? = hosts.compactMap({ snapshot.status(of: $0) }).first(where: { $0 != .draining }) {
            drain.waitingFor = [Wait(.containerInstance, drain.instance.rawValue, status)]
            drain.block(on: [], at: now)
            return Step(drain)
        }
        if draining.isEmpty, drain.tasks.isEmpty, !drain.taskListIsClosed, !drain.drainingSetByUs {
            return lose(drain, at: now)
        }
        // Only once no task can be on its way to it, and all are known: what ECS forgets can be listed no more, and neither
        // waited for nor stopped.
        if policy.detach == .deregister, drain.mayAct, drain.taskListIsClosed, !draining.isEmpty,
            policy.standaloneTasks == .ignore || drain.runningStandaloneTasks.isEmpty
        {
            drain.advance(to: .draining)
            drain.waitingFor = [Wait(.containerInstance, drain.instance.rawValue, "DRAINING, being deregistered")]
            drain.block(on: drain.refusedCall.map { [.awsRefused($0)] } ?? [], at: now)
            return Step(drain, draining.map { .deregister(drain.id, location.of($0)) })
        }
        return follow(drain, in: snapshot, at: now, policy: policy)
    }

    /// It is in service: take it out, when that may be.
    private static func begin(
        _ drain: Drain, at location: Drain.Location, _ active: [ContainerInstanceARN], in snapshot: ClusterSnapshot,
        mayBegin: Bool, at now: Timestamp, policy: DrainPolicy
    ) -> Step {
        var drain = drain
        let name = drain.instance.rawValue
        // Whom EC2 takes back waits for nobody's turn or protection: in two minutes it is gone anyway.
        let mustLeave = drain.takenBackAt != nil
        let isUnderWay = drain.drainingSetByUs || mustLeave
        drain.noteMachine(in: snapshot, at: now)
        let protected = drain.protectedTasks(in: snapshot)
        guard drain.mayAct else { return drain.waiting("ACTIVE, until \(drain.confirmation)", at: now) }
        guard mayBegin || isUnderWay else {
            drain.advance(to: .queued)
            drain.waitingFor = [Wait(.budget, "max-concurrent", "waiting for a drain in progress to finish")]
            drain.block(on: [], at: now)
            return Step(drain)
        }
        // What was not listed may have protected tasks that nobody has seen.
        guard drain.isListed(in: snapshot) || isUnderWay else {
            return drain.waiting("ACTIVE, until its tasks are listed", at: now)
        }
        // What ran on a machine that has ended, nothing protects any more.
        if !isUnderWay, !snapshot.machineHasEnded(drain.instance) {
            if let reason = snapshot.protectionUnseen, now - drain.acceptedAt < policy.protectionPatience {
                return drain.waiting("ACTIVE, until its tasks' protection is seen: \(reason)", at: now)
            }
            guard protected.isEmpty else {
                drain.waitingFor = protected.map {
                    Wait(.task, $0.task.shortName, "protected until \($0.until.rfc3339)")
                }
                let silence = DrainBlockers.silentAgent(of: drain, in: snapshot).map { [$0] } ?? []
                drain.block(
                    on: silence + protected.map { .protectedTask($0.task, until: $0.until, in: snapshot) }, at: now)
                return Step(drain)
            }
        }
        let isFirst = !drain.drainingSetByUs
        drain.drainingSetByUs = true
        drain.advance(to: .draining)
        drain.waitingFor = [Wait(.containerInstance, name, "ACTIVE, being set to DRAINING")]
        drain.block(on: drain.refusedCall.map { [.awsRefused($0)] } ?? [], at: now)
        if isFirst {
            let spared = protected.map(\.task.shortName).joined(separator: ", ")
            drain.note(
                "Being set to DRAINING: \(drain.describeTasks())"
                    + (spared.isEmpty ? "" : "; not waiting for tasks protected from scale-in: \(spared)"), at: now)
        }
        let stops = mustLeave ? stopStandaloneTasks(of: &drain, in: snapshot, at: now, policy: policy) : []
        return Step(drain, active.map { .setDraining(drain.id, location.of($0)) } + stops)
    }

    /// ECS does not know the container instance any more, and nobody has seen what ran there: it was deregistered, or
    /// its machine ended, before its tasks were listed.
    private static func lose(_ drain: Drain, at now: Timestamp) -> Step {
        var drain = drain
        drain.location = nil
        drain.alsoRegistered = []
        drain.deregisteredSince = nil
        drain.waitingFor = [Wait(.containerInstance, drain.instance.rawValue, "deregistered; being looked for again")]
        drain.note("The container instance is not registered any more; looking for the instance again", at: now)
        return Step(drain)
    }

    /// It is out of service: is everything that ran there in service elsewhere?
    private static func follow(
        _ drain: Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> Step {
        var drain = drain
        drain.noteMachine(in: snapshot, at: now)
        let unmet = DrainConditions.unmet(by: drain, in: snapshot, at: now, policy: policy)
        if unmet.isEmpty, !drain.isConfirmed {
            drain.waitingFor = [
                Wait(.containerInstance, drain.instance.rawValue, "every condition holds, until \(drain.confirmation)")
            ]
        } else if unmet.isEmpty {
            if drain.isConclusive(snapshot, policy: policy) {
                return decide(
                    drain, .continue, .drained, "Every condition holds: \(drain.describeTasks())", at: now)
            }
            // What is waited for is one more look, which lists the tasks once more.
            drain.taskListIsClosed = drain.deregisteredSince != nil && drain.taskListIsClosed
            drain.waitingFor = [
                Wait(.containerInstance, drain.instance.rawValue, "every condition holds; looking once more")
            ]
        } else {
            drain.waitingFor = unmet
        }
        let calls = stopStandaloneTasks(of: &drain, in: snapshot, at: now, policy: policy)
        // A call that was refused or lost, and is not asked for any more, has been done by whoever it was.
        if let refused = drain.refusedCall, !refused.isAboutTheAction,
            !calls.contains(where: { $0.operation == refused.operation })
        {
            drain.refusedCall = nil
        }
        drain.block(on: DrainBlockers.found(for: drain, in: snapshot, at: now, policy: policy), at: now)
        drain.advance(to: .draining)
        if drain.hasOnlyDaemonsLeft(policy: policy) || snapshot.machineHasEnded(drain.instance) {
            drain.advance(to: .replacing)
        }
        return Step(drain, calls)
    }

    /// The cluster could not be looked at: nothing is decided, and the reason is shown.
    public static func lookFailed(_ drain: Drain, _ reason: String, at now: Timestamp) -> Drain {
        guard drain.isUndecided else { return drain }
        var drain = drain
        drain.show(.awsUnreachable(reason), at: now)
        return drain
    }

    /// The calls that stop the standalone tasks whose time is over, if any.
    private static func stopStandaloneTasks(
        of drain: inout Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> [Call] {
        guard drain.mayAct, drain.stopsStandaloneTasks(at: now, policy: policy),
            !snapshot.machineHasEnded(drain.instance)
        else { return [] }
        let running = drain.runningStandaloneTasks.filter { snapshot.tasks[$0]?.desiredStatus == "RUNNING" }
        drain.noteStop(of: running, at: now)
        return running.map { .stopTask(drain.id, snapshot.cluster, $0) }
    }
}
