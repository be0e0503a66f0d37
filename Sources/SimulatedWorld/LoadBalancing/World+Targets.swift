/// The life of a target: initial, healthy once a check succeeds, unhealthy some checks after its listener died,
/// draining for the deregistration delay, gone.
extension World {
    @discardableResult
    mutating func addTarget(_ instance: Instance.ID, port: Int, listener: Task?, to group: Int) -> Target.Place {
        targetGroups[group].settleTraffic(until: now)
        let place = Target.Place(group: group, number: targetCount)
        targetCount += 1
        targetGroups[group].targets.append(
            Target(
                instanceID: self[instance].instanceID, instance: instance, port: port, state: .initial,
                reason: "Elb.InitialHealthChecking",
                registeredAt: now, number: place.number, task: listener?.id,
                isAlive: listener?.isProcessAlive ?? false))
        if let listener { taskTable[listener.id]?.targets.append(place) }
        let delay = listener?.service == nil ? .zero : timings.replacementHealthDelay
        schedule(.targetSteps(place, step: 0), after: targetGroups[group].healthCheckInterval + delay)
        return place
    }

    mutating func registerTargets(of task: Task) {
        guard let service = task.service, let port = task.hostPort, let listener = taskTable[task.id] else { return }
        let instance = self[task.containerInstance].instance
        for arn in self[service].targetGroupARNs {
            guard let group = targetGroupsByARN[arn] else { continue }
            addTarget(instance, port: port, listener: listener, to: group)
        }
    }

    /// Lets the task's targets drain; answers how long the slowest takes.
    @discardableResult
    mutating func deregisterTargets(of id: Task.ID) -> Duration {
        var longest = Duration.zero
        for place in taskTable[id]?.targets ?? [] {
            longest = max(longest, targetGroups[place.group].deregistrationDelay)
            drainTarget(place)
        }
        return longest
    }

    /// The task's process has ended: health checks will find out.
    mutating func endTargets(of id: Task.ID) {
        for place in taskTable[id]?.targets ?? [] {
            targetGroups[place.group].settleTraffic(until: now)
            guard let index = targetGroups[place.group].index(ofTarget: place.number) else { continue }
            targetGroups[place.group].endListener(ofTarget: index, at: now)
            let target = targetGroups[place.group].targets[index]
            if target.state == .healthy { scheduleUnhealthy(target, at: place) }
        }
    }

    /// Checks go on at their interval since the registration; the last of the threshold's failures decides.
    private mutating func scheduleUnhealthy(_ target: Target, at place: Target.Place) {
        let group = targetGroups[place.group]
        let interval = group.healthCheckInterval.wholeMilliseconds
        let sinceLastCheck = (now.milliseconds - target.registeredAt.milliseconds) % interval
        let delay = interval - sinceLastCheck + Int64(group.unhealthyThreshold - 1) * interval
        schedule(.targetSteps(place, step: target.step), after: .milliseconds(delay))
    }

    mutating func drainTarget(_ place: Target.Place) {
        guard let index = targetGroups[place.group].index(ofTarget: place.number),
            targetGroups[place.group].targets[index].state != .draining
        else { return }
        setTargetState(.draining, "Target.DeregistrationInProgress", place)
        let step = targetGroups[place.group].targets[index].step
        schedule(.targetSteps(place, step: step), after: targetGroups[place.group].deregistrationDelay)
    }

    mutating func advanceTarget(_ place: Target.Place, from step: Int) {
        guard let index = targetGroups[place.group].index(ofTarget: place.number) else { return }
        let target = targetGroups[place.group].targets[index]
        guard target.step == step else { return }
        switch (target.state, target.isAlive) {
        case (.initial, true): setTargetState(.healthy, nil, place)
        case (.initial, false), (.healthy, false): setTargetState(.unhealthy, "Target.FailedHealthChecks", place)
        case (.draining, _): removeTarget(place)
        case (.healthy, true), (.unhealthy, _): return
        }
    }

    private mutating func setTargetState(_ state: TargetState, _ reason: String?, _ place: Target.Place) {
        guard let index = targetGroups[place.group].index(ofTarget: place.number) else { return }
        targetGroups[place.group].settleTraffic(until: now)
        count(targetGroups[place.group].targets[index], -1, in: place.group)
        targetGroups[place.group].targets[index].state = state
        count(targetGroups[place.group].targets[index], 1, in: place.group)
        targetGroups[place.group].targets[index].reason = reason
        targetGroups[place.group].targets[index].step += 1
        if let task = targetGroups[place.group].targets[index].task { noteHealthChange(of: task) }
    }

    mutating func removeTarget(_ place: Target.Place) {
        guard let index = targetGroups[place.group].index(ofTarget: place.number) else { return }
        targetGroups[place.group].settleTraffic(until: now)
        let target = targetGroups[place.group].targets.remove(at: index)
        count(target, -1, in: place.group)
        if let task = target.task { taskTable[task]?.targets.removeAll { $0 == place } }
    }

    /// Takes a target into the group's tallies, or out of them.
    private mutating func count(_ target: Target, _ difference: Int, in group: Int) {
        switch target.state {
        case .healthy:
            targetGroups[group].healthyTargets.add(difference, at: target.instance)
            for service in targetGroups[group].services { markStale(endingsWith: service) }
        case .draining:
            targetGroups[group].drainingTargets.add(difference, at: target.instance)
            markStale(endingOf: target.instance)
        case .initial, .unhealthy: return
        }
    }

    func target(at place: Target.Place) -> Target? {
        targetGroups[place.group].index(ofTarget: place.number).map { targetGroups[place.group].targets[$0] }
    }

    /// RUNNING, HEALTHY if its container is checked, and healthy in each of its service's target groups.
    func passesChecks(_ task: Task) -> Bool {
        guard task.lastStatus == .running, task.healthyAfter == nil || task.healthStatus == .healthy else {
            return false
        }
        guard task.hasLoadBalancer, let service = task.service else { return true }
        return task.targets.count { target(at: $0)?.state == .healthy } >= self[service].targetGroupARNs.count
    }
}
