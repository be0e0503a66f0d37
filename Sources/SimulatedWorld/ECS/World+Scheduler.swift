/// The service scheduler: what it starts and stops, within minimumHealthyPercent and maximumPercent.
///
/// Rules, from the ECS developer guide's "Container instance draining": a DRAINING instance gets no new tasks; its
/// service tasks that do not run yet are stopped at once; its RUNNING ones are *leaving*. Leaving tasks are stopped
/// only as long as minimumHealthyPercent of the desired count stay healthy, and others are started only as long as the
/// service has no more than maximumPercent. So 100/200 starts first and stops when the new ones are healthy, 50/100
/// stops first, and 100/100 never moves. Standalone tasks belong to no service and are not looked at. Tasks of an older
/// task definition leave in the same way.
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

    // MARK: Replicas

    /// The tasks of a service as the scheduler sees them.
    private struct Census {
        /// Wanted where they are.
        var staying: [Task] = []
        /// Running on a draining instance, or of an older task definition.
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
            } else if isOnDraining || task.taskDefinitionARN != service.taskDefinitionARN {
                census.leaving.append(task)
            } else {
                census.staying.append(task)
            }
        }
        return census
    }

    /// What the scheduler calls healthy: RUNNING, and HEALTHY if its container is checked, and healthy in its target
    /// groups if it has any; with neither, RUNNING for long enough.
    private func isHealthy(_ task: Task) -> Bool {
        guard task.lastStatus == .running else { return false }
        if task.healthyAfter == nil && !task.hasLoadBalancer { return task.isStable }
        return passesChecks(task)
    }

    private mutating func evaluateReplicas(of id: Service.ID) {
        let service = self[id]
        let census = census(of: service)
        for task in census.hopeless { stop(task) }
        let leavers = leaversToStop(census, of: service)
        let surplus = surplusToStop(census, of: service)
        for task in leavers + surplus { stop(task) }
        noteStopped(leavers + surplus, of: id)
        startMissing(census, of: service)
        noteSteadiness(census, of: id)
    }

    private func leaversToStop(_ census: Census, of service: Service) -> [Task] {
        let minimum = (service.desiredCount * service.minimumHealthyPercent + 99) / 100
        var healthy = census.healthy
        return census.leaving.filter { task in
            guard isHealthy(task) else { return true }
            guard healthy > minimum else { return false }
            healthy -= 1
            return true
        }
    }

    /// Scaled in: what is not healthy first, then the newest.
    private func surplusToStop(_ census: Census, of service: Service) -> [Task] {
        let surplus = census.staying.count - service.desiredCount
        guard surplus > 0 else { return [] }
        let (healthy, others) = (census.staying.filter(isHealthy), census.staying.filter { !isHealthy($0) })
        return Array((others.reversed() + healthy.reversed()).prefix(surplus))
    }

    private mutating func startMissing(_ census: Census, of service: Service) {
        let maximum = service.desiredCount * service.maximumPercent / 100
        // A leaver stopped just now still occupies its place until it has STOPPED.
        let present = census.staying.count + census.leaving.count + census.stopping
        let missing = min(service.desiredCount - census.staying.count, maximum - present)
        guard missing > 0, let definition = try? taskDefinition(service.taskDefinitionARN) else { return }
        let cluster = clusters[service.clusterIndex]
        var load: [ContainerInstance.ID: Int] = [:]
        for task in census.staying { load[task.containerInstance, default: 0] += 1 }
        var started: [Task.ID] = []
        for _ in 0..<missing {
            guard let place = place(definition.resources, in: cluster, load: load) else {
                notePlacementFailure(of: service.id, for: definition.resources)
                break
            }
            load[place, default: 0] += 1
            started.append(startTask(definition, on: place, service: service.id, startedBy: service.deploymentID))
        }
        noteStarted(started, of: service.id)
    }

    private mutating func stop(_ task: Task) {
        beginStop(
            of: task.id, code: "ServiceSchedulerInitiated",
            reason: "Scaling activity initiated by (deployment \(task.startedBy ?? ""))")
    }

    private mutating func noteSteadiness(_ census: Census, of id: Service.ID) {
        let service = self[id]
        let isSteady =
            census.leaving.isEmpty && census.hopeless.isEmpty && census.stopping == 0
            && census.staying.count == service.desiredCount && census.staying.allSatisfy(isHealthy)
        setSteady(isSteady, id)
    }

    // MARK: Daemons

    /// One on each ACTIVE instance; on a DRAINING one it is the last to be stopped.
    private mutating func evaluateDaemons(of id: Service.ID) {
        guard let definition = try? taskDefinition(self[id].taskDefinitionARN) else { return }
        let cluster = clusters[self[id].clusterIndex]
        let active = cluster.openContainerInstances.filter { self[$0].status == .active && self[$0].agentConnected }
        serviceTable[id.number].desiredCount = active.count
        let tasks = self[id].tasks.compactMap { taskTable[$0] }
        let leavers = tasks.filter { $0.desiredStatus == .running && isDaemonToStop($0, definition: definition.arn) }
        for task in leavers { stop(task) }
        noteStopped(leavers, of: id)

        let occupied = Set(tasks.map(\.containerInstance))
        var started: [Task.ID] = []
        for host in active where !occupied.contains(host) {
            if fits(definition.resources, on: host) {
                started.append(startTask(definition, on: host, service: id, startedBy: self[id].deploymentID))
            } else {
                notePlacementFailure(of: id, for: definition.resources)
            }
        }
        noteStarted(started, of: id)
        setSteady(tasks.count == active.count && tasks.allSatisfy(isHealthy), id)
    }

    private func isDaemonToStop(_ task: Task, definition: String) -> Bool {
        let host = self[task.containerInstance]
        guard host.status != .active else { return task.taskDefinitionARN != definition }
        return task.lastStatus.isBeforeRunning
            || host.tasks.allSatisfy(isDaemon)
    }

    func isDaemon(_ id: Service.ID) -> Bool { serviceTable[id.number].schedulingStrategy == .daemon }

    func isDaemon(_ id: Task.ID) -> Bool { taskTable[id]?.service.map(isDaemon) ?? false }
}
