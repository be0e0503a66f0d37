/// The scheduler of daemon services: one task on each ACTIVE instance; on a DRAINING one it is the last to be stopped.
extension World {
    mutating func evaluateDaemons(of id: Service.ID) {
        let deployment = self[id].primary
        let definition = taskDefinitions[deployment.definition]
        let active = clusters[self[id].clusterIndex].openContainerInstances.filter {
            self[$0].status == .active && self[$0].agentConnected
        }
        serviceTable[id.number].desiredCount = active.count
        let tasks = self[id].tasks.compactMap { taskTable[$0] }
        let leavers = tasks.filter { $0.desiredStatus == .running && isDaemonToStop($0, by: deployment) }
        for task in leavers { stop(task) }
        noteStopped(leavers, of: id)

        let occupied = Set(tasks.map(\.containerInstance))
        var started: [Task.ID] = []
        for host in active where !occupied.contains(host) && deployment.rolloutState != .failed {
            if fits(definition, on: host) {
                started.append(
                    startTask(definition, on: host, service: id, deployment: deployment, startedBy: deployment.id))
            } else {
                notePlacementFailure(of: id, for: definition)
            }
        }
        noteStarted(started, of: id)
        setSteady(tasks.count == active.count && tasks.allSatisfy { isHealthy($0) }, id)
    }

    private func isDaemonToStop(_ task: Task, by deployment: Deployment) -> Bool {
        let host = self[task.containerInstance]
        guard host.status != .active else { return task.deployment != deployment.number || isUnhealthy(task) }
        return task.lastStatus.isBeforeRunning || host.tasks.allSatisfy { isDaemon($0) }
    }

    func isDaemon(_ id: Service.ID) -> Bool { serviceTable[id.number].schedulingStrategy == .daemon }

    func isDaemon(_ id: Task.ID) -> Bool { taskTable[id]?.service.map { isDaemon($0) } ?? false }
}
