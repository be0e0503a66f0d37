/// The service scheduler: what it starts and stops, within minimumHealthyPercent and maximumPercent.
///
/// Rules, from the ECS developer guide's "Container instance draining": a DRAINING instance gets no new tasks; its
/// service tasks that do not run yet are stopped at once; its RUNNING ones are *leaving*. Leaving tasks are stopped
/// only as long as minimumHealthyPercent of the desired count stay healthy, and others are started only as long as the
/// service has no more than maximumPercent. So 100/200 starts first and stops when the new ones are healthy, 50/100
/// stops first, and 100/100 never moves. Standalone tasks belong to no service and are not looked at. Tasks of an older
/// deployment leave in the same way, protected ones later; unhealthy ones leave at once. A deployment that FAILED
/// starts nothing any more.
extension World {
    /// The scheduler will look at the service soon; once for many changes.
    mutating func wake(_ service: Service.ID) {
        guard !self[service].isEvaluationDue else { return }
        serviceTable[service.number].isEvaluationDue = true
        schedule(.schedulerEvaluates(service), after: timings.schedulerDelay)
    }

    mutating func wakeServices(ofCluster cluster: Int) {
        for service in clusters[cluster].services { wake(service) }
    }

    mutating func evaluate(_ id: Service.ID) {
        serviceTable[id.number].isEvaluationDue = false
        guard self[id].status == .active else { return }
        serviceTable[id.number].waitsForRoom = false
        switch self[id].schedulingStrategy {
        case .replica: evaluateReplicas(of: id)
        case .daemon: evaluateDaemons(of: id)
        }
    }

    /// The tasks of a service as the scheduler sees them.
    private struct Census {
        /// Wanted where they are.
        var staying: [Task] = []
        /// Running on a draining instance, unhealthy, or of an older deployment.
        var leaving: [Task] = []
        /// Do not run yet, on a draining instance.
        var hopeless: [Task] = []
        /// Being stopped on a draining instance: they still count against maximumPercent.
        var stopping = 0
        var healthy = 0
    }

    private func census(of service: Service) -> Census {
        var census = Census()
        for task in service.tasks.compactMap({ taskTable[$0] }) {
            let isOnDraining = self[task.containerInstance].status != .active
            guard task.desiredStatus == .running else {
                if isOnDraining { census.stopping += 1 }
                continue
            }
            if isHealthy(task) { census.healthy += 1 }
            if isOnDraining && task.lastStatus.isBeforeRunning {
                census.hopeless.append(task)
            } else if isOnDraining || isUnhealthy(task) || isOutdated(task, of: service) {
                census.leaving.append(task)
            } else {
                census.staying.append(task)
            }
        }
        return census
    }

    /// What the scheduler calls healthy: RUNNING, and HEALTHY if its container is checked, and healthy in its target
    /// groups if it has any; with neither, RUNNING for long enough.
    func isHealthy(_ task: Task) -> Bool {
        guard task.lastStatus == .running, task.desiredStatus == .running else { return false }
        if !task.isHealthChecked && !task.hasLoadBalancer { return task.isStable }
        return passesChecks(task)
    }

    /// A health check says so; one that has not succeeded yet does not.
    func isUnhealthy(_ task: Task) -> Bool {
        task.healthStatus == .unhealthy || task.targets.contains { target(at: $0)?.state == .unhealthy }
    }

    /// A deployment that FAILED replaces no task of an older one.
    private func isOutdated(_ task: Task, of service: Service) -> Bool {
        task.deployment != service.primary.number && service.primary.rolloutState != .failed
    }

    private mutating func evaluateReplicas(of id: Service.ID) {
        let service = self[id]
        let census = census(of: service)
        for task in census.hopeless { stop(task) }
        let leavers = leaversToStop(census, of: service)
        let victim = service.rebalancingTask == nil ? nil : victimOfRebalancing(of: id, census.staying)
        let surplus = victim.map { [$0] } ?? surplusToStop(census, of: self[id])
        for task in leavers + surplus { stop(task) }
        noteStopped(leavers + surplus, of: id)
        startMissing(census, of: service)
        noteSteadiness(census, of: id)
    }

    private func leaversToStop(_ census: Census, of service: Service) -> [Task] {
        let minimum = service.minimumHealthy
        var healthy = census.healthy
        return census.leaving.filter { task in
            guard isHealthy(task) else { return true }
            guard healthy > minimum, !isProtected(task) || self[task.containerInstance].status != .active else {
                return false
            }
            healthy -= 1
            return true
        }
    }

    /// Scaled in: what is not healthy first, then the newest; never what is protected.
    private func surplusToStop(_ census: Census, of service: Service) -> [Task] {
        // What rebalancing has started is one too many for a while.
        let surplus = census.staying.count - service.desiredCount - (service.rebalancingTask == nil ? 0 : 1)
        guard surplus > 0 else { return [] }
        let candidates = census.staying.filter { !isProtected($0) }
        let (healthy, others) = (candidates.filter { isHealthy($0) }, candidates.filter { !isHealthy($0) })
        return Array((others.reversed() + healthy.reversed()).prefix(surplus))
    }

    private mutating func startMissing(_ census: Census, of service: Service) {
        let deployment = service.primary
        // A leaver stopped just now still occupies its place until it has STOPPED.
        let present = census.staying.count + census.leaving.count + census.stopping
        let missing = min(service.desiredCount - census.staying.count, service.maximumRunning - present)
        guard missing > 0, deployment.rolloutState != .failed else { return }
        let definition = taskDefinitions[deployment.definition]
        let cluster = clusters[service.clusterIndex]
        var load = load(of: census.staying)
        var started: [Task.ID] = []
        for _ in 0..<missing {
            guard let place = place(definition, in: cluster, load: load, distinct: service.isOnDistinctInstances) else {
                notePlacementFailure(of: service.id, for: definition)
                break
            }
            load[place, default: 0] += 1
            started.append(
                startTask(
                    definition, on: place, service: service.id, deployment: deployment, startedBy: deployment.id))
        }
        noteStarted(started, of: service.id)
    }

    /// How many of these tasks each instance has.
    func load(of tasks: [Task]) -> [ContainerInstance.ID: Int] {
        tasks.reduce(into: [:]) { $0[$1.containerInstance, default: 0] += 1 }
    }

    mutating func stop(_ task: Task) {
        guard isUnhealthy(task) else {
            return beginStop(
                of: task.id, code: "ServiceSchedulerInitiated",
                reason: "Scaling activity initiated by (deployment \(task.startedBy ?? ""))")
        }
        noteTaskFailure(of: task)
        beginStop(
            of: task.id, code: "ServiceSchedulerInitiated",
            reason: task.healthStatus == .unhealthy
                ? "Task failed container health checks" : "Task failed ELB health checks")
    }

    private mutating func noteSteadiness(_ census: Census, of id: Service.ID) {
        let service = self[id]
        let isSteady =
            census.leaving.isEmpty && census.hopeless.isEmpty && census.stopping == 0
            && census.staying.count == service.desiredCount && census.staying.allSatisfy { isHealthy($0) }
        setSteady(isSteady, id)
        if isSteady { rebalanceZones(of: id, census.staying) }
    }
}
