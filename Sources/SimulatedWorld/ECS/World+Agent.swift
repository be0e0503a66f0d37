/// The ECS agent, without which nothing changes on an instance: while it is disconnected, tasks neither go on nor stop
/// nor report their health, and ECS says of them what it heard last. Their containers and their targets live on.
extension World {
    /// Cuts the agent's connection.
    public mutating func disconnectAgent(ofInstance instanceID: String) throws(Failure) {
        setAgentConnected(false, of: try livingHost(ofInstance: instanceID))
    }

    /// The agent is back: it tells what has happened, and does what it was asked for meanwhile.
    public mutating func connectAgent(ofInstance instanceID: String) throws(Failure) {
        setAgentConnected(true, of: try livingHost(ofInstance: instanceID))
    }

    private func livingHost(ofInstance instanceID: String) throws(Failure) -> ContainerInstance.ID {
        guard let instance = instance(withID: instanceID), instance.isAlive, let host = instance.containerInstance
        else { throw Failure("InvalidInstanceID.NotFound", "No agent runs on instance '\(instanceID)'") }
        return host
    }

    mutating func setAgentConnected(_ isConnected: Bool, of host: ContainerInstance.ID) {
        guard self[host].status != .inactive, self[host].agentConnected != isConnected else { return }
        containerInstanceTable[host.number].agentConnected = isConnected
        noteChange(of: host)
        guard isConnected else { return }
        for task in self[host].tasks { resume(task) }
        wakeServices(ofCluster: self[host].clusterIndex)
    }

    private mutating func resume(_ id: Task.ID) {
        guard let task = taskTable[id] else { return }
        guard task.lastStatus == .running && task.desiredStatus == .running else {
            return schedule(.taskSteps(id, step: task.step), after: timings.agentDelay)
        }
        if !task.isProcessAlive { noteExit(of: id) }
        if task.isHealthChecked { schedule(.containerHealthReported(id), after: timings.agentDelay) }
    }
}
