/// The life of a task: PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED.
///
/// It is registered with its load balancer when it is RUNNING, deregistered when it becomes DEACTIVATING, and stays so
/// for the deregistration delay: its process lives until the end of STOPPING.
extension World {
    mutating func startTask(
        _ definition: TaskDefinition, on containerInstance: ContainerInstance.ID, service: Service.ID?,
        deployment: Deployment? = nil, startedBy: String?
    ) -> Task.ID {
        let id = taskTable.nextID
        let host = self[containerInstance]
        let shortID = random.hexadecimal(32)
        let owner = service.map { self[$0] }
        let task = Task(
            id: id,
            names: Task.Names(
                arn: account.arn("ecs", "task/\(host.cluster)/\(shortID)"), cluster: host.cluster,
                taskDefinitionARN: definition.arn,
                group: owner.map { "service:\($0.name)" } ?? "family:\(definition.family)", startedBy: startedBy,
                containerInstanceARN: host.arn, containerName: definition.family, runtimeID: random.hexadecimal(64)),
            service: service, containerInstance: containerInstance, resources: definition.resources,
            containerPort: definition.containerPort,
            hostPort: definition.containerPort == nil ? nil : definition.hostPort ?? takePort(on: containerInstance),
            createdAt: now,
            lastStatus: .provisioning, desiredStatus: .running, healthStatus: .unknown,
            hasLoadBalancer: owner.map { !$0.balancers.isEmpty } ?? false,
            isHealthChecked: definition.healthyAfter != nil,
            definition: deployment?.definition ?? taskDefinitionsByName[Self.shortName(definition.arn)] ?? 0,
            deployment: deployment?.number ?? 0)
        taskTable.append(task)
        tasksByShortID[shortID] = id
        containerInstanceTable[containerInstance.number].tasks.append(id)
        containerInstanceTable[containerInstance.number].listedTasks.append(id)
        changeRemaining(of: containerInstance, by: definition.resources, sign: -1)
        if let port = definition.hostPort { containerInstanceTable[containerInstance.number].staticPorts.append(port) }
        if let service {
            serviceTable[service.number].tasks.append(id)
            serviceTable[service.number].listedTasks.append(id)
        }
        clusters[host.clusterIndex].tasks.append(id)
        markStale(endingOf: host.instance)
        noteTask(id, on: host.instance)
        schedule(.taskSteps(id, step: 0), after: timings.taskTransition)
        return id
    }

    private mutating func takePort(on containerInstance: ContainerInstance.ID) -> Int {
        let port = self[containerInstance].nextHostPort
        // The ephemeral range of Linux, round and round: none lives long enough to meet itself.
        containerInstanceTable[containerInstance.number].nextHostPort = port == 60_999 ? 32_768 : port + 1
        return port
    }

    private mutating func changeRemaining(of id: ContainerInstance.ID, by resources: Resources, sign: Int) {
        containerInstanceTable[id.number].remaining.cpu += sign * resources.cpu
        containerInstanceTable[id.number].remaining.memory += sign * resources.memory
        containerInstanceTable[id.number].version += 1
    }

    /// The step that follows the one the event was scheduled in.
    mutating func advanceTask(_ id: Task.ID, from step: Int) {
        // A disconnected agent does not go on; once connected again it does.
        guard let task = taskTable[id], task.step == step, self[task.containerInstance].agentConnected else { return }
        let definition = taskDefinitions[task.definition]
        switch (task.lastStatus, task.desiredStatus) {
        case (.provisioning, .running):
            // A task that nobody checks can be slow only in starting.
            let isUnchecked = task.service != nil && !task.isHealthChecked && !task.hasLoadBalancer
            enter(.pending, id, for: definition.startDuration + (isUnchecked ? timings.replacementHealthDelay : .zero))
        case (.pending, .running): enter(.activating, id, for: timings.taskTransition)
        case (.activating, .running): run(task)
        // What does not run yet has nothing to shut down.
        case (.provisioning, .stopped), (.pending, .stopped), (.activating, .stopped):
            enter(.deprovisioning, id, for: timings.taskTransition)
        case (.running, .stopped):
            let delay = deregisterTargets(of: id)
            enter(.deactivating, id, for: max(task.isProcessAlive ? delay : .zero, timings.taskTransition))
        case (.deactivating, _): enter(.stopping, id, for: task.isProcessAlive ? definition.stopDuration : .zero)
        case (.stopping, _):
            endProcess(of: id)
            enter(.deprovisioning, id, for: timings.taskTransition)
        case (.deprovisioning, _): markStopped(id, code: task.stopCode, reason: task.stoppedReason)
        case (.running, .running), (.stopped, _): return
        }
    }

    private mutating func enter(_ status: Task.Status, _ id: Task.ID, for duration: Duration?) {
        guard let step = taskTable[id]?.step, let host = taskTable[id]?.containerInstance else { return }
        taskTable[id]?.lastStatus = status
        taskTable[id]?.step = step + 1
        refreshTruth(of: id)
        if status == .stopped { markStale(endingOf: self[host].instance) }
        if let duration { schedule(.taskSteps(id, step: step + 1), after: duration) }
    }

    private mutating func run(_ task: Task) {
        taskTable[task.id]?.startedAt = now
        taskTable[task.id]?.isProcessAlive = true
        enter(.running, task.id, for: nil)
        registerTargets(of: task)
        let definition = taskDefinitions[task.definition]
        if let healthyAfter = definition.healthyAfter {
            schedule(.containerHealthReported(task.id), after: healthyAfter + timings.replacementHealthDelay)
        } else if !task.hasLoadBalancer {
            schedule(.plainTaskTurnsStable(task.id), after: timings.plainTaskStable)
        }
        if let lifetime = definition.crashesAfter ?? definition.runDuration {
            schedule(.containerExits(task.id), after: lifetime)
        }
    }

    /// By the agent, once the container has had time to become healthy.
    mutating func reportHealth(of id: Task.ID) {
        guard let task = taskTable[id], task.isProcessAlive, self[task.containerInstance].agentConnected,
            let startedAt = task.startedAt, let healthyAfter = taskDefinitions[task.definition].healthyAfter,
            now >= startedAt + healthyAfter
        else { return }
        taskTable[id]?.healthStatus = taskDefinitions[task.definition].neverHealthy ? .unhealthy : .healthy
        noteHealthChange(of: id)
    }

    /// The container ends by itself. While its agent is disconnected, ECS does not hear of it.
    mutating func exitContainer(of id: Task.ID) {
        guard let task = taskTable[id], task.isProcessAlive else { return }
        taskTable[id]?.exitCode = taskDefinitions[task.definition].crashesAfter == nil ? 0 : 1
        endProcess(of: id)
        if self[task.containerInstance].agentConnected { noteExit(of: id) }
    }

    mutating func noteExit(of id: Task.ID) {
        guard let task = taskTable[id], task.desiredStatus == .running else { return }
        noteTaskFailure(of: task)
        beginStop(of: id, code: "EssentialContainerExited", reason: "Essential container in task exited")
        if let service = task.service { wake(service) }
    }

    mutating func turnStable(_ id: Task.ID) {
        guard taskTable[id]?.isProcessAlive == true else { return }
        taskTable[id]?.isStable = true
        noteHealthChange(of: id)
    }

    /// Truth is counted anew, and the scheduler looks again.
    mutating func noteHealthChange(of id: Task.ID) {
        refreshTruth(of: id)
        guard let task = taskTable[id], let service = task.service else { return }
        noteTaskHealth(task)
        wake(service)
    }

    /// Desired status STOPPED; the agent acts on it a little later.
    mutating func beginStop(of id: Task.ID, code: String, reason: String) {
        guard let task = taskTable[id], task.desiredStatus == .running else { return }
        taskTable[id]?.desiredStatus = .stopped
        taskTable[id]?.stoppingAt = now
        taskTable[id]?.stopCode = code
        taskTable[id]?.stoppedReason = reason
        taskTable[id]?.step = task.step + 1
        refreshTruth(of: id)
        schedule(.taskSteps(id, step: task.step + 1), after: timings.agentDelay)
    }

    /// The container's process ends, by itself or with its machine; requests it still had are lost.
    mutating func endProcess(of id: Task.ID) {
        guard taskTable[id]?.isProcessAlive == true else { return }
        taskTable[id]?.isProcessAlive = false
        endTargets(of: id)
        refreshTruth(of: id)
    }

    mutating func markStopped(_ id: Task.ID, code: String?, reason: String?) {
        guard let task = taskTable[id], task.lastStatus != .stopped else { return }
        taskTable[id]?.desiredStatus = .stopped
        taskTable[id]?.stopCode = code
        taskTable[id]?.stoppedReason = reason
        taskTable[id]?.stoppingAt = task.stoppingAt ?? now
        taskTable[id]?.stoppedAt = now
        containerInstanceTable[task.containerInstance.number].tasks.removeSorted(id)
        enter(.stopped, id, for: nil)
        changeRemaining(of: task.containerInstance, by: task.resources, sign: 1)
        if let port = taskDefinitions[task.definition].hostPort {
            containerInstanceTable[task.containerInstance.number].staticPorts.removeAll { $0 == port }
        }
        if let service = task.service { serviceTable[service.number].tasks.removeSorted(id) }
        schedule(.taskForgotten(id), after: timings.stoppedTaskRetention)
        if let service = task.service {
            forgetOldDeployments(of: service)
            if self[service].status == .draining, self[service].tasks.isEmpty {
                serviceTable[service.number].status = .inactive
            }
        }
        wakeAfterStop(of: task)
    }

    /// Its service may lack it, others may wait for the room, daemons for being the last.
    private mutating func wakeAfterStop(of task: Task) {
        let host = self[task.containerInstance]
        let isDraining = host.status == .draining
        for service in clusters[host.clusterIndex].services {
            let isDaemon = self[service].schedulingStrategy == .daemon
            if service == task.service || self[service].waitsForRoom || (isDraining && isDaemon) { wake(service) }
        }
    }

    mutating func forget(_ id: Task.ID) {
        guard let task = taskTable.remove(id) else { return }
        tasksByShortID[Self.shortName(task.arn)] = nil
        containerInstanceTable[task.containerInstance.number].listedTasks.removeSorted(id)
        clusters[self[task.containerInstance].clusterIndex].tasks.removeSorted(id)
        if let service = task.service { serviceTable[service.number].listedTasks.removeSorted(id) }
    }
}
