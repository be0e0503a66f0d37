/// The life of a task: PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED.
///
/// It is registered with its load balancer when it is RUNNING, deregistered when it becomes DEACTIVATING, and stays so
/// for the deregistration delay: its process lives until the end of STOPPING.
extension World {
    mutating func startTask(
        _ definition: TaskDefinition, on containerInstance: ContainerInstance.ID, service: Service.ID?,
        startedBy: String?
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
            hostPort: definition.containerPort == nil ? nil : takePort(on: containerInstance), createdAt: now,
            lastStatus: .provisioning, desiredStatus: .running, healthStatus: .unknown,
            hasLoadBalancer: owner.map { !$0.targetGroupARNs.isEmpty } ?? false,
            startDuration: definition.startDuration, stopDuration: definition.stopDuration,
            healthyAfter: definition.healthyAfter)
        taskTable.append(task)
        tasksByShortID[shortID] = id
        containerInstanceTable[containerInstance.number].tasks.append(id)
        containerInstanceTable[containerInstance.number].listedTasks.append(id)
        changeRemaining(of: containerInstance, by: definition.resources, sign: -1)
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
        guard let task = taskTable[id], task.step == step, self[self[task.containerInstance].instance].isAlive
        else { return }
        switch task.lastStatus {
        case .provisioning:
            // A task that nobody checks can be slow only in starting.
            let isUnchecked = task.service != nil && task.healthyAfter == nil && !task.hasLoadBalancer
            enter(.pending, id, for: task.startDuration + (isUnchecked ? timings.replacementHealthDelay : .zero))
        case .pending: enter(.activating, id, for: timings.taskTransition)
        case .activating: run(task)
        case .deactivating: enter(.stopping, id, for: task.stopDuration)
        case .stopping:
            endProcess(of: id)
            enter(.deprovisioning, id, for: timings.taskTransition)
        case .deprovisioning: markStopped(id, code: task.stopCode, reason: task.stoppedReason)
        case .running, .stopped: return
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
        if let healthyAfter = task.healthyAfter {
            schedule(.containerTurnsHealthy(task.id), after: healthyAfter + timings.replacementHealthDelay)
        } else if !task.hasLoadBalancer {
            schedule(.plainTaskTurnsStable(task.id), after: timings.plainTaskStable)
        }
    }

    mutating func turnHealthy(_ id: Task.ID) {
        guard taskTable[id]?.isProcessAlive == true else { return }
        taskTable[id]?.healthStatus = .healthy
        noteHealthChange(of: id)
    }

    mutating func turnStable(_ id: Task.ID) {
        guard taskTable[id]?.isProcessAlive == true else { return }
        taskTable[id]?.isStable = true
        noteHealthChange(of: id)
    }

    /// Truth is counted anew, and the scheduler looks again.
    mutating func noteHealthChange(of id: Task.ID) {
        refreshTruth(of: id)
        if let service = taskTable[id]?.service { wake(service) }
    }

    /// Desired status STOPPED. A task that does not run yet has nothing to shut down.
    mutating func beginStop(of id: Task.ID, code: String, reason: String) {
        guard let task = taskTable[id], task.desiredStatus == .running else { return }
        taskTable[id]?.desiredStatus = .stopped
        taskTable[id]?.stoppingAt = now
        taskTable[id]?.stopCode = code
        taskTable[id]?.stoppedReason = reason
        if task.lastStatus.isBeforeRunning {
            enter(.deprovisioning, id, for: timings.taskTransition)
        } else {
            let delay = deregisterTargets(of: id)
            enter(.deactivating, id, for: max(delay, timings.taskTransition))
        }
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
        if let service = task.service { serviceTable[service.number].tasks.removeSorted(id) }
        schedule(.taskForgotten(id), after: timings.stoppedTaskRetention)
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
