/// The operations of ECS on clusters, task definitions and services, by AWS's names.
extension World {
    /// `CreateCluster`; idempotent.
    @discardableResult
    public mutating func createCluster(named name: String) -> Cluster {
        if let known = try? cluster(name) { return known }
        let cluster = Cluster(name: name, arn: account.arn("ecs", "cluster/\(name)"))
        clustersByName[name] = clusters.count
        clusters.append(cluster)
        return cluster
    }

    /// `RegisterTaskDefinition`: gives it the next revision of its family and its ARN.
    @discardableResult
    public mutating func registerTaskDefinition(_ definition: TaskDefinition) -> TaskDefinition {
        var registered = definition
        let newest = taskDefinitionsByName[definition.family].map { taskDefinitions[$0].revision } ?? 0
        registered.revision = newest + 1
        registered.arn = account.arn("ecs", "task-definition/\(definition.family):\(registered.revision)")
        taskDefinitionsByName[definition.family] = taskDefinitions.count
        taskDefinitionsByName["\(definition.family):\(registered.revision)"] = taskDefinitions.count
        taskDefinitions.append(registered)
        return registered
    }

    /// `CreateService`. A daemon ignores `desiredCount`. Percentages default to AWS's: 100 and 200, for a daemon 0 and
    /// 100.
    @discardableResult
    public mutating func createService(
        named name: String, cluster clusterName: String?, taskDefinition: String,
        schedulingStrategy: Service.SchedulingStrategy = .replica, desiredCount: Int = 0,
        minimumHealthyPercent: Int? = nil, maximumPercent: Int? = nil, targetGroupARNs: [String] = []
    ) throws(Failure) -> Service {
        let index = try clusterIndex(clusterName)
        let definition = try self.taskDefinition(taskDefinition)
        if let known = service(name, in: clusters[index]), known.status == .active {
            throw Failure("InvalidParameterException", "Creation of service was not idempotent.")
        }
        for arn in targetGroupARNs { _ = try targetGroup(arn) }
        let isDaemon = schedulingStrategy == .daemon
        let id = Service.ID(serviceTable.count)
        let cluster = clusters[index].name
        serviceTable.append(
            Service(
                id: id, name: name, arn: account.arn("ecs", "service/\(cluster)/\(name)"), cluster: cluster,
                clusterIndex: index, schedulingStrategy: schedulingStrategy, createdAt: now, status: .active,
                taskDefinitionARN: definition.arn, deploymentID: newDeploymentID(), deployedAt: now,
                desiredCount: isDaemon ? 0 : desiredCount,
                minimumHealthyPercent: minimumHealthyPercent ?? (isDaemon ? 0 : 100),
                maximumPercent: maximumPercent ?? (isDaemon ? 100 : 200), targetGroupARNs: targetGroupARNs))
        clusters[index].services.append(id)
        servicesByName["\(cluster)/\(name)"] = id
        for group in targetGroupARNs.compactMap({ targetGroupsByARN[$0] }) { targetGroups[group].services.append(id) }
        wake(id)
        return self[id]
    }

    /// `UpdateService`; nil leaves a value as it is. Another task definition is a rolling deployment.
    @discardableResult
    public mutating func updateService(
        _ name: String, cluster: String?, desiredCount: Int? = nil, taskDefinition: String? = nil,
        minimumHealthyPercent: Int? = nil, maximumPercent: Int? = nil
    ) throws(Failure) -> Service {
        let id = try activeService(name, cluster: cluster)
        if let taskDefinition {
            let definition = try self.taskDefinition(taskDefinition)
            if definition.arn != self[id].taskDefinitionARN {
                serviceTable[id.number].taskDefinitionARN = definition.arn
                serviceTable[id.number].deploymentID = newDeploymentID()
                serviceTable[id.number].deployedAt = now
            }
        }
        if let desiredCount, self[id].schedulingStrategy == .replica {
            serviceTable[id.number].desiredCount = desiredCount
            markStale(endingsWith: id)
        }
        if let minimumHealthyPercent { serviceTable[id.number].minimumHealthyPercent = minimumHealthyPercent }
        if let maximumPercent { serviceTable[id.number].maximumPercent = maximumPercent }
        wake(id)
        return self[id]
    }

    /// `DeleteService` with force: its tasks are stopped, it becomes INACTIVE.
    public mutating func deleteService(_ name: String, cluster: String?) throws(Failure) {
        let id = try activeService(name, cluster: cluster)
        serviceTable[id.number].status = .inactive
        serviceTable[id.number].desiredCount = 0
        markStale(endingsWith: id)
        for task in self[id].tasks { beginStop(of: task, code: "ServiceSchedulerInitiated", reason: "Service deleted") }
    }

    private func activeService(_ name: String, cluster: String?) throws(Failure) -> Service.ID {
        guard let known = service(name, in: try self.cluster(cluster)) else {
            throw Failure("ServiceNotFoundException", "Service not found.")
        }
        guard known.status == .active else { throw Failure("ServiceNotActiveException", "Service was not ACTIVE.") }
        return known.id
    }

    private mutating func newDeploymentID() -> String {
        "ecs-svc/" + String(random.next(upperBound: 9_000_000_000_000_000_000 as UInt64) + 1_000_000_000_000_000_000)
    }
}
