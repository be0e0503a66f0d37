/// The life of a task: PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED.
///
/// It is registered with its load balancer when it is RUNNING, deregistered when it becomes DEACTIVATING, and stays so
/// for the deregistration delay: its process lives until the end of STOPPING.
extension World {
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

    mutating func enter(_ status: Task.Status, _ id: Task.ID, for duration: Duration?) {
        guard let step = taskTable[id]?.step, let host = taskTable[id]?.containerInstance else { return }
        taskTable[id]?.lastStatus = status
        taskTable[id]?.step = step + 1
        noteChange(of: id)
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

    /// Truth is counted anew, and the scheduler looks again.
    mutating func noteHealthChange(of id: Task.ID) {
        refreshTruth(of: id)
        guard let task = taskTable[id], let service = task.service else { return }
        noteTaskHealth(task)
        wake(service)
    }
}
