/// How a task ends: by itself, asked to, or with its machine; and how it is forgotten.
extension World {
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

    /// Desired status STOPPED; the agent acts on it a little later.
    mutating func beginStop(of id: Task.ID, code: String, reason: String) {
        guard let task = taskTable[id], task.desiredStatus == .running else { return }
        taskTable[id]?.desiredStatus = .stopped
        taskTable[id]?.stoppingAt = now
        taskTable[id]?.stopCode = code
        taskTable[id]?.stoppedReason = reason
        taskTable[id]?.step = task.step + 1
        noteChange(of: id)
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
