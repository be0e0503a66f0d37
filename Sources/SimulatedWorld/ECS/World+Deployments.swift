/// How deployments begin, succeed and fail.
extension World {
    func newDeployment(of definition: TaskDefinition, number: Int, id: String) -> Deployment {
        Deployment(
            id: id, taskDefinitionARN: definition.arn, createdAt: now, status: .primary, rolloutState: .inProgress,
            number: number, definition: taskDefinitionsByName[Self.shortName(definition.arn)] ?? 0)
    }

    mutating func deploy(_ definition: TaskDefinition, by id: Service.ID) {
        let deployment = newDeployment(
            of: definition, number: self[id].primary.number + 1, id: newDeploymentID())
        for index in self[id].deployments.indices { serviceTable[id.number].deployments[index].status = .active }
        serviceTable[id.number].deployments.insert(deployment, at: 0)
        serviceTable[id.number].isSteady = false
        wake(id)
    }

    mutating func newDeploymentID() -> String {
        "ecs-svc/" + String(random.next(upperBound: 9_000_000_000_000_000_000 as UInt64) + 1_000_000_000_000_000_000)
    }

    /// An older deployment is gone with its last task.
    mutating func forgetOldDeployments(of id: Service.ID) {
        guard self[id].deployments.count > 1 else { return }
        let alive = Set(self[id].tasks.compactMap { taskTable[$0]?.deployment })
        serviceTable[id.number].deployments.removeAll { $0.status != .primary && !alive.contains($0.number) }
    }

    mutating func completeRollout(of id: Service.ID) {
        guard self[id].primary.rolloutState == .inProgress else { return }
        serviceTable[id.number].deployments[0].rolloutState = .completed
        serviceTable[id.number].lastCompletedDefinition = self[id].primary.definition
        noteRollout(of: id)
    }

    /// A task ended, or had to be ended, before it was ever healthy. The circuit breaker's threshold is half of the
    /// desired count, at least 3 and at most 200 (Amazon ECS developer guide, "How the Amazon ECS deployment circuit
    /// breaker detects failures").
    mutating func noteTaskFailure(of task: Task) {
        guard let id = task.service, !task.wasHealthy, task.deployment == self[id].primary.number,
            self[id].primary.rolloutState == .inProgress
        else { return }
        serviceTable[id.number].deployments[0].failedTasks += 1
        let threshold = min(200, max(3, (self[id].desiredCount + 1) / 2))
        guard let breaker = self[id].circuitBreaker, self[id].primary.failedTasks >= threshold else { return }
        serviceTable[id.number].deployments[0].rolloutState = .failed
        note("(deployment \(self[id].primary.id)) deployment failed: tasks failed to start.", of: id)
        noteRollout(of: id)
        if breaker.rollsBack, let definition = self[id].lastCompletedDefinition {
            note("rolling back to a deployment that completed.", of: id)
            deploy(taskDefinitions[definition], by: id)
        }
    }

    /// The first task that is healthy breaks the row of failures.
    mutating func noteTaskHealth(_ task: Task) {
        guard !task.wasHealthy, let service = task.service, isHealthy(task) else { return }
        taskTable[task.id]?.wasHealthy = true
        if task.deployment == self[service].primary.number {
            serviceTable[service.number].deployments[0].failedTasks = 0
        }
    }
}
