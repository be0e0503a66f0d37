/// How container instances come and go.
extension World {
    /// A machine that was stopped and started again is the same container instance as before, unless ECS has given
    /// that up or the agent has lost its state.
    mutating func registerContainerInstance(of instanceID: Instance.ID) {
        let instance = self[instanceID]
        if let known = instance.containerInstance, self[known].status != .inactive, !instance.registersAnew {
            if instance.isAlive { setAgentConnected(true, of: known) }
            return
        }
        instanceTable[instanceID.number].registersAnew = false
        guard instance.isAlive, let group = groupsByName[instance.group].map({ autoScalingGroups[$0] }),
            let cluster = group.cluster.flatMap({ clustersByName[$0] })
        else { return }
        let id = ContainerInstance.ID(containerInstanceTable.count)
        let shortID = random.hexadecimal(32)
        containerInstanceTable.append(
            ContainerInstance(
                id: id, arn: account.arn("ecs", "container-instance/\(clusters[cluster].name)/\(shortID)"),
                cluster: clusters[cluster].name, clusterIndex: cluster, instance: instanceID,
                ec2InstanceID: instance.instanceID,
                availabilityZone: instance.availabilityZone, capacityProvider: group.capacityProvider,
                registeredAt: now, status: .active, agentConnected: true,
                registered: group.resources, remaining: group.resources, version: 0))
        containerInstancesByShortID[shortID] = id
        clusters[cluster].containerInstances.append(id)
        clusters[cluster].openContainerInstances.append(id)
        instanceTable[instanceID.number].containerInstances.append(id)
        noteChange(of: id)
        markStale(endingOf: instanceID)
        wakeServices(ofCluster: cluster)
        if let group = groupsByName[instance.group] { advanceRefresh(ofGroup: group) }
    }

    /// ECS gives a container instance up: INACTIVE, its tasks STOPPED in its books, their targets deregistered.
    mutating func giveUp(_ id: ContainerInstance.ID, reason: String) {
        guard self[id].status != .inactive else { return }
        containerInstanceTable[id.number].status = .inactive
        containerInstanceTable[id.number].agentConnected = false
        noteChange(of: id)
        clusters[self[id].clusterIndex].openContainerInstances.removeSorted(id)
        for task in self[id].tasks {
            deregisterTargets(of: task)
            markStopped(task, code: "TerminationNotice", reason: reason)
        }
        wakeServices(ofCluster: self[id].clusterIndex)
    }
}
