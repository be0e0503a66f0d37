/// The life of a target: initial, healthy once a check succeeds, unhealthy some checks after its listener died,
/// draining for the deregistration delay, gone.
extension World {
    @discardableResult
    mutating func addTarget(_ instance: Instance.ID, port: Int, listener: Task?, to group: Int) -> Target.Place {
        balancers[group].settleTraffic(until: now)
        let place = Target.Place(group: group, number: targetCount)
        targetCount += 1
        balancers[group].targets.append(
            Target(
                instanceID: self[instance].instanceID, instance: instance, port: port, state: .initial,
                reason: "Elb.InitialHealthChecking",
                registeredAt: now, number: place.number, task: listener?.id,
                isAlive: listener?.isProcessAlive ?? false))
        if let listener { taskTable[listener.id]?.targets.append(place) }
        let delay = listener?.service == nil ? .zero : timings.replacementHealthDelay
        schedule(.targetSteps(place, step: 0), after: balancers[group].healthCheckInterval + delay)
        return place
    }

    mutating func registerTargets(of task: Task) {
        guard let service = task.service, let port = task.hostPort, let listener = taskTable[task.id] else { return }
        let instance = self[task.containerInstance].instance
        for group in self[service].balancers { addTarget(instance, port: port, listener: listener, to: group) }
    }

    /// Lets the task's targets drain; answers how long the slowest takes.
    @discardableResult
    mutating func deregisterTargets(of id: Task.ID) -> Duration {
        var longest = Duration.zero
        for place in taskTable[id]?.targets ?? [] {
            longest = max(longest, balancers[place.group].deregistrationDelay)
            drainTarget(place)
        }
        return longest
    }

    /// The task's process has ended: health checks will find out.
    mutating func endTargets(of id: Task.ID) {
        for place in taskTable[id]?.targets ?? [] {
            balancers[place.group].settleTraffic(until: now)
            guard let index = balancers[place.group].index(ofTarget: place.number) else { continue }
            balancers[place.group].endListener(ofTarget: index, at: now)
            let target = balancers[place.group].targets[index]
            if target.state == .healthy { scheduleUnhealthy(target, at: place) }
        }
    }

    /// Checks go on at their interval since the registration; the last of the threshold's failures decides.
    private mutating func scheduleUnhealthy(_ target: Target, at place: Target.Place) {
        let group = balancers[place.group]
        let interval = group.healthCheckInterval.wholeMilliseconds
        let sinceLastCheck = (now.milliseconds - target.registeredAt.milliseconds) % interval
        let delay = interval - sinceLastCheck + Int64(group.unhealthyThreshold - 1) * interval
        schedule(.targetSteps(place, step: target.step), after: .milliseconds(delay))
    }

    mutating func drainTarget(_ place: Target.Place) {
        guard let index = balancers[place.group].index(ofTarget: place.number),
            balancers[place.group].targets[index].state != .draining
        else { return }
        setTargetState(.draining, "Target.DeregistrationInProgress", place)
        let step = balancers[place.group].targets[index].step
        schedule(.targetSteps(place, step: step), after: balancers[place.group].deregistrationDelay)
    }

    mutating func advanceTarget(_ place: Target.Place, from step: Int) {
        guard let index = balancers[place.group].index(ofTarget: place.number) else { return }
        let target = balancers[place.group].targets[index]
        guard target.step == step else { return }
        let isAnswering = target.isAlive && !(target.task.map { neverPasses($0) } ?? false)
        switch (target.state, isAnswering) {
        case (.initial, true): setTargetState(.healthy, nil, place)
        case (.initial, false), (.healthy, false): setTargetState(.unhealthy, "Target.FailedHealthChecks", place)
        case (.draining, _): removeTarget(place)
        case (.healthy, true), (.unhealthy, _): return
        }
    }

    private func neverPasses(_ task: Task.ID) -> Bool {
        taskTable[task].map { taskDefinitions[$0.definition].neverHealthy } ?? false
    }

    private mutating func setTargetState(_ state: TargetState, _ reason: String?, _ place: Target.Place) {
        guard let index = balancers[place.group].index(ofTarget: place.number) else { return }
        balancers[place.group].settleTraffic(until: now)
        count(balancers[place.group].targets[index], -1, in: place.group)
        balancers[place.group].targets[index].state = state
        count(balancers[place.group].targets[index], 1, in: place.group)
        balancers[place.group].targets[index].reason = reason
        balancers[place.group].targets[index].step += 1
        if let task = balancers[place.group].targets[index].task { noteHealthChange(of: task) }
    }

    mutating func removeTarget(_ place: Target.Place) {
        guard let index = balancers[place.group].index(ofTarget: place.number) else { return }
        balancers[place.group].settleTraffic(until: now)
        let target = balancers[place.group].targets.remove(at: index)
        count(target, -1, in: place.group)
        if let task = target.task { taskTable[task]?.targets.removeAll { $0 == place } }
    }

    /// Takes a target into the group's tallies, or out of them.
    private mutating func count(_ target: Target, _ difference: Int, in group: Int) {
        switch target.state {
        case .healthy:
            balancers[group].healthyTargets.add(difference, at: target.instance)
            for service in balancers[group].services { markStale(endingsWith: service) }
        case .draining:
            balancers[group].drainingTargets.add(difference, at: target.instance)
            markStale(endingOf: target.instance)
        case .initial, .unhealthy: return
        }
    }

    func target(at place: Target.Place) -> Target? {
        balancers[place.group].index(ofTarget: place.number).map { balancers[place.group].targets[$0] }
    }

    /// RUNNING, HEALTHY if its container is checked, and healthy in each of its service's load balancers.
    func passesChecks(_ task: Task) -> Bool {
        guard task.lastStatus == .running, !task.isHealthChecked || task.healthStatus == .healthy else {
            return false
        }
        guard task.hasLoadBalancer, let service = task.service else { return true }
        return task.targets.count { target(at: $0)?.state == .healthy } >= self[service].balancers.count
    }
}
