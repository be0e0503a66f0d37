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
        minimumHealthyPercent: Int? = nil, maximumPercent: Int? = nil,
        circuitBreaker: Service.CircuitBreaker? = nil, rebalancesZones: Bool = false,
        deploymentController: Service.DeploymentController = .ecs, isOnDistinctInstances: Bool = false,
        targetGroupARNs: [String] = [], loadBalancerNames: [String] = []
    ) throws(Failure) -> Service {
        let index = try clusterIndex(clusterName)
        let definition = try self.taskDefinition(taskDefinition)
        if let known = service(name, in: clusters[index]), known.status != .inactive {
            throw Failure("InvalidParameterException", "Creation of service was not idempotent.")
        }
        var balancers: [Int] = []
        for arn in targetGroupARNs { balancers.append(try targetGroupIndex(arn)) }
        for name in loadBalancerNames { balancers.append(try loadBalancerIndex(name)) }
        let isDaemon = schedulingStrategy == .daemon
        let id = Service.ID(serviceTable.count)
        let cluster = clusters[index].name
        serviceTable.append(
            Service(
                id: id, name: name, arn: account.arn("ecs", "service/\(cluster)/\(name)"), cluster: cluster,
                clusterIndex: index, schedulingStrategy: schedulingStrategy, deploymentController: deploymentController,
                isOnDistinctInstances: isOnDistinctInstances, createdAt: now, status: .active,
                deployments: [newDeployment(of: definition, number: 0, id: newDeploymentID())],
                circuitBreaker: circuitBreaker, desiredCount: isDaemon ? 0 : desiredCount,
                minimumHealthyPercent: minimumHealthyPercent ?? (isDaemon ? 0 : 100),
                maximumPercent: maximumPercent ?? (isDaemon ? 100 : 200), targetGroupARNs: targetGroupARNs,
                loadBalancerNames: loadBalancerNames, balancers: balancers, rebalancesZones: rebalancesZones))
        clusters[index].services.append(id)
        servicesByName["\(cluster)/\(name)"] = id
        for balancer in balancers { self.balancers[balancer].services.append(id) }
        wake(id)
        return self[id]
    }

    /// `UpdateService`; nil leaves a value as it is. Another task definition is a rolling deployment, and so is the
    /// same with `forceNewDeployment`.
    @discardableResult
    public mutating func updateService(
        _ name: String, cluster: String?, desiredCount: Int? = nil, taskDefinition: String? = nil,
        minimumHealthyPercent: Int? = nil, maximumPercent: Int? = nil, forceNewDeployment: Bool = false
    ) throws(Failure) -> Service {
        let id = try activeService(name, cluster: cluster)
        let definition = try self.taskDefinition(taskDefinition ?? self[id].taskDefinitionARN)
        if taskDefinition != nil, self[id].deploymentController != .ecs {
            throw Failure(
                "InvalidParameterException",
                "Unable to update task definition on services with a \(self[id].deploymentController.rawValue) deployment "
                    + "controller.")
        }
        if forceNewDeployment || definition.arn != self[id].taskDefinitionARN { deploy(definition, by: id) }
        if let desiredCount, self[id].schedulingStrategy == .replica {
            serviceTable[id.number].desiredCount = desiredCount
            markStale(endingsWith: id)
        }
        if let minimumHealthyPercent { serviceTable[id.number].minimumHealthyPercent = minimumHealthyPercent }
        if let maximumPercent { serviceTable[id.number].maximumPercent = maximumPercent }
        wake(id)
        return self[id]
    }

    /// `DeleteService`: its tasks are stopped; it is DRAINING until they have STOPPED, then INACTIVE. Without force it
    /// must have been scaled to 0.
    public mutating func deleteService(_ name: String, cluster: String?, force: Bool = true) throws(Failure) {
        let id = try activeService(name, cluster: cluster)
        guard force || self[id].desiredCount == 0 else {
            throw Failure(
                "InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
        }
        serviceTable[id.number].status = self[id].tasks.isEmpty ? .inactive : .draining
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
}
