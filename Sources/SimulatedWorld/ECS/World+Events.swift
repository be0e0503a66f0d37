/// What ECS tells EventBridge of its changes.
///
/// Source: Amazon ECS developer guide, "Amazon ECS events".
extension World {
    /// From now on a rule of EventBridge sends the events of ECS to that topic; nil: there is none.
    public mutating func sendECSEvents(toTopic arn: String?) throws(Failure) {
        if let arn { _ = try topic(arn) }
        eventTopicARN = arn
    }

    mutating func noteChange(of id: Task.ID) {
        guard let task = taskTable[id], let cluster = noteChange(inCluster: self[task.containerInstance].clusterIndex)
        else { return }
        tell("ECS Task State Change", of: task.arn, detail(of: task, in: cluster))
    }

    mutating func noteChange(of id: ContainerInstance.ID) {
        containerInstanceTable[id.number].version += 1
        let host = self[id]
        guard let cluster = noteChange(inCluster: host.clusterIndex) else { return }
        tell("ECS Container Instance State Change", of: host.arn, detail(of: host, in: cluster))
    }

    mutating func noteSteadyState(of id: Service.ID) {
        guard let cluster = noteChange(inCluster: self[id].clusterIndex) else { return }
        tell(
            "ECS Service Action", of: self[id].arn,
            [
                ("eventType", json("INFO")), ("eventName", json("SERVICE_STEADY_STATE")),
                ("clusterArn", json(cluster.arn)), ("createdAt", json(now.iso8601)),
            ])
    }

    /// The detail does not name the cluster, and neither does AWS's.
    mutating func noteRollout(of id: Service.ID) {
        guard noteChange(inCluster: self[id].clusterIndex) != nil else { return }
        let deployment = self[id].primary
        let isFailed = deployment.rolloutState == .failed
        tell(
            "ECS Deployment State Change", of: self[id].arn,
            [
                ("eventType", json(isFailed ? "ERROR" : "INFO")),
                ("eventName", json("SERVICE_DEPLOYMENT_\(deployment.rolloutState.rawValue)")),
                ("deploymentId", json(deployment.id)), ("updatedAt", json(now.iso8601)),
                ("reason", json("ECS deployment \(deployment.id) \(isFailed ? "failed" : "completed").")),
            ])
    }

    /// - Returns: the cluster, if anybody is to be told.
    private mutating func noteChange(inCluster index: Int) -> Cluster? {
        clusters[index].changeCount += 1
        return eventTopicARN == nil ? nil : clusters[index]
    }

    private mutating func tell(_ type: String, of resource: String, _ detail: [(String, String?)]) {
        guard let topic = eventTopicARN else { return }
        let event = jsonObject([
            ("version", json("0")), ("id", json(random.uuid())), ("detail-type", json(type)),
            ("source", json("aws.ecs")), ("account", json(account.id)), ("time", json(now.iso8601)),
            ("region", json(account.region)), ("resources", "[\(jsonString(resource))]"),
            ("detail", jsonObject(detail)),
        ])
        post(subject: nil, message: event, to: topic)
    }

    private func detail(of task: Task, in cluster: Cluster) -> [(String, String?)] {
        let container = jsonObject([
            ("containerArn", json(account.arn("ecs", "container/\(task.runtimeID.prefix(32))"))),
            ("lastStatus", json(task.containerStatus)), ("name", json(task.containerName)),
            ("runtimeId", json(task.runtimeID)), ("taskArn", json(task.arn)),
        ])
        return [
            ("attachments", "[]"), ("availabilityZone", json(self[task.containerInstance].availabilityZone)),
            ("clusterArn", json(cluster.arn)), ("containerInstanceArn", json(task.containerInstanceARN)),
            ("containers", "[\(container)]"), ("cpu", json("\(task.resources.cpu)")),
            ("memory", json("\(task.resources.memory)")), ("createdAt", json(task.createdAt.iso8601)),
            ("startedAt", json(task.startedAt?.iso8601)), ("stoppingAt", json(task.stoppingAt?.iso8601)),
            ("stoppedAt", json(task.stoppedAt?.iso8601)), ("updatedAt", json(now.iso8601)),
            ("desiredStatus", json(task.desiredStatus.rawValue)), ("lastStatus", json(task.lastStatus.rawValue)),
            ("healthStatus", json(task.healthStatus.rawValue)), ("group", json(task.group)),
            ("launchType", json("EC2")), ("startedBy", json(task.startedBy)), ("stopCode", json(task.stopCode)),
            ("stoppedReason", json(task.stoppedReason)), ("taskArn", json(task.arn)),
            ("taskDefinitionArn", json(task.taskDefinitionARN)), ("version", "\(task.step + 1)"),
        ]
    }

    private func detail(of host: ContainerInstance, in cluster: Cluster) -> [(String, String?)] {
        [
            ("agentConnected", "\(host.agentConnected)"), ("clusterArn", json(cluster.arn)),
            ("containerInstanceArn", json(host.arn)), ("ec2InstanceId", json(host.ec2InstanceID)),
            ("registeredResources", resources(host.registered)), ("remainingResources", resources(host.remaining)),
            ("registeredAt", json(host.registeredAt.iso8601)), ("status", json(host.status.rawValue)),
            ("updatedAt", json(now.iso8601)), ("version", "\(host.version)"),
        ]
    }

    private func resources(_ resources: Resources) -> String {
        let entries = [("CPU", resources.cpu), ("MEMORY", resources.memory)].map { name, value in
            jsonObject([("name", json(name)), ("type", json("INTEGER")), ("integerValue", "\(value)")])
        }
        return "[\(entries.joined(separator: ","))]"
    }
}

extension World.Task {
    /// A container runs until its process has ended, which is later than its task is RUNNING.
    package var containerStatus: String {
        switch lastStatus {
        case .provisioning, .pending, .activating: "PENDING"
        case .running, .deactivating, .stopping: "RUNNING"
        case .deprovisioning, .stopped: "STOPPED"
        }
    }
}

private func json(_ text: String?) -> String? { text.map(jsonString) }
