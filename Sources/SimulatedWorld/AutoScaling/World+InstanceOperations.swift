/// What is done to single instances: by EC2's and Auto Scaling's operations, and by fate.
extension World {
    /// `ec2:TerminateInstances`, or a power cut: the machine dies now, whatever its hooks would say. The group notices
    /// together with ECS; its terminate hooks fire then, with nothing left to drain.
    public mutating func terminateInstance(instanceID: String) throws(Failure) {
        killMachine(try knownInstance(instanceID), as: .shuttingDown)
    }

    /// `ec2:StopInstances`: its processes end. ECS goes on listing the container instance and its tasks, with a
    /// disconnected agent; the group takes it for unhealthy and terminates it.
    public mutating func stopInstance(instanceID: String) throws(Failure) {
        killMachine(try knownInstance(instanceID), as: .stopping)
    }

    /// `SetInstanceProtection`: a scale-in picks others; nothing else respects it.
    public mutating func setInstanceProtection(
        _ isProtected: Bool, instanceIDs: [String], group: String
    ) throws(Failure) {
        _ = try groupIndex(group)
        for instanceID in instanceIDs {
            guard let id = instancesByID[instanceID], self[id].group == group else {
                throw .validation("The instance \(instanceID) is not part of Auto Scaling group \(group).")
            }
            instanceTable[id.number].isProtectedFromScaleIn = isProtected
        }
    }

    /// The agent of an instance that has not registered yet will be so much later.
    public mutating func delayRegistration(ofInstance instanceID: String, by delay: Duration) throws(Failure) {
        instanceTable[try knownInstance(instanceID).number].registrationDelay = delay
    }

    /// The agent loses its state and registers once more: a second container instance of the same EC2 instance. The
    /// first stays as it was, with a disconnected agent, and so do its tasks, of which nobody takes care any more.
    public mutating func resetAgent(ofInstance instanceID: String) throws(Failure) {
        let id = try knownInstance(instanceID)
        guard self[id].isAlive, let host = self[id].containerInstance else { return }
        containerInstanceTable[host.number].agentConnected = false
        noteChange(of: host)
        instanceTable[id.number].registersAnew = true
        schedule(.agentRegisters(id), after: timings.registration)
    }

    func knownInstance(_ instanceID: String) throws(Failure) -> Instance.ID {
        guard let id = instancesByID[instanceID] else {
            throw Failure("InvalidInstanceID.NotFound", "The instance ID '\(instanceID)' does not exist")
        }
        return id
    }
}
