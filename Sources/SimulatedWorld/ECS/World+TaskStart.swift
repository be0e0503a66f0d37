/// How a task comes to be on an instance.
extension World {
    mutating func startTask(
        _ definition: TaskDefinition, on containerInstance: ContainerInstance.ID, service: Service.ID?,
        deployment: Deployment? = nil, startedBy: String?
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
            hostPort: definition.containerPort == nil ? nil : definition.hostPort ?? takePort(on: containerInstance),
            createdAt: now,
            lastStatus: .provisioning, desiredStatus: .running, healthStatus: .unknown,
            hasLoadBalancer: owner.map { !$0.balancers.isEmpty } ?? false,
            isHealthChecked: definition.healthyAfter != nil,
            definition: deployment?.definition ?? taskDefinitionsByName[Self.shortName(definition.arn)] ?? 0,
            deployment: deployment?.number ?? 0)
        taskTable.append(task)
        tasksByShortID[shortID] = id
        containerInstanceTable[containerInstance.number].tasks.append(id)
        containerInstanceTable[containerInstance.number].listedTasks.append(id)
        changeRemaining(of: containerInstance, by: definition.resources, sign: -1)
        if let port = definition.hostPort { containerInstanceTable[containerInstance.number].staticPorts.append(port) }
        if let service {
            serviceTable[service.number].tasks.append(id)
            serviceTable[service.number].listedTasks.append(id)
        }
        clusters[host.clusterIndex].tasks.append(id)
        noteChange(of: id)
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

    mutating func changeRemaining(of id: ContainerInstance.ID, by resources: Resources, sign: Int) {
        containerInstanceTable[id.number].remaining.cpu += sign * resources.cpu
        containerInstanceTable[id.number].remaining.memory += sign * resources.memory
        noteChange(of: id)
    }
}
