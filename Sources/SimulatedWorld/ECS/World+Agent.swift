/// The ECS agent, without which nothing changes on an instance: while it is disconnected, tasks neither go on nor stop
/// nor report their health, and ECS says of them what it heard last. Their containers and their targets live on.
extension World {
    /// Cuts the agent's connection.
    public mutating func disconnectAgent(ofInstance instanceID: String) throws(Failure) {
        try setAgentConnected(false, ofInstance: instanceID)
    }

    /// The agent is back: it tells what has happened, and does what it was asked for meanwhile.
    public mutating func connectAgent(ofInstance instanceID: String) throws(Failure) {
        guard let host = try setAgentConnected(true, ofInstance: instanceID) else { return }
        for id in self[host].tasks {
            guard let task = taskTable[id] else { continue }
            if task.lastStatus == .running && task.desiredStatus == .running {
                if !task.isProcessAlive { noteExit(of: id) }
                if task.isHealthChecked { schedule(.containerHealthReported(id), after: timings.agentDelay) }
            } else {
                schedule(.taskSteps(id, step: task.step), after: timings.agentDelay)
            }
        }
        wakeServices(ofCluster: self[host].clusterIndex)
    }

    /// Answers the container instance if that changed anything.
    @discardableResult
    private mutating func setAgentConnected(
        _ isConnected: Bool, ofInstance instanceID: String
    ) throws(Failure) -> ContainerInstance.ID? {
        guard let instance = instance(withID: instanceID), let host = instance.containerInstance else {
            throw Failure("InvalidInstanceID.NotFound", "No container instance with instance ID '\(instanceID)'")
        }
        guard instance.isAlive, self[host].status != .inactive, self[host].agentConnected != isConnected else {
            return nil
        }
        containerInstanceTable[host.number].agentConnected = isConnected
        containerInstanceTable[host.number].version += 1
        return host
    }
}
