/// What ECS tells, on the state of now. Lists are in order of creation. Clusters, services, tasks, container instances
/// may be named by short name (id) or ARN; `cluster` nil is `default`.
extension World {
    /// The cluster by name or ARN; throws `ClusterNotFoundException`.
    public func cluster(_ name: String?) throws(Failure) -> Cluster { clusters[try clusterIndex(name)] }

    /// The groups that feed a cluster, or all clusters, through a capacity provider, each by its provider's name.
    public func capacityProviders(of cluster: Cluster? = nil) -> [String: AutoScalingGroup] {
        let groups = autoScalingGroups.filter { cluster == nil || $0.cluster == cluster?.name }
        let named = groups.compactMap { group in group.capacityProvider.map { ($0, group) } }
        return Dictionary(named) { first, _ in first }
    }

    func clusterIndex(_ name: String?) throws(Failure) -> Int {
        let name = Self.shortName(name ?? "default")
        guard let index = clustersByName[name] else {
            throw Failure("ClusterNotFoundException", "Cluster not found.")
        }
        return index
    }

    /// Every container instance of a cluster, INACTIVE ones included (`ListContainerInstances` leaves those out).
    public func containerInstances(in cluster: Cluster) -> [ContainerInstance] {
        cluster.containerInstances.map { self[$0] }
    }

    /// By ARN or id; nil when the cluster has no such.
    public func containerInstance(_ name: String, in cluster: Cluster) -> ContainerInstance? {
        guard let id = containerInstancesByShortID[Self.shortName(name)] else { return nil }
        return self[id].cluster == cluster.name ? self[id] : nil
    }

    /// Every service of a cluster, INACTIVE ones included.
    public func services(in cluster: Cluster) -> [Service] { cluster.services.map { self[$0] } }

    /// By ARN or name; nil when the cluster has no such. Of services of one name, the newest.
    public func service(_ name: String, in cluster: Cluster) -> Service? {
        servicesByName["\(cluster.name)/\(Self.shortName(name))"].map { self[$0] }
    }

    /// Every task that ECS still lists, STOPPED ones included: filter by `desiredStatus` as ListTasks does.
    public func tasks(in cluster: Cluster) -> [Task] { cluster.tasks.compactMap { taskTable[$0] } }

    /// The tasks of one container instance, STOPPED ones included.
    public func tasks(on containerInstance: ContainerInstance) -> [Task] {
        self[containerInstance.id].listedTasks.compactMap { taskTable[$0] }
    }

    /// The tasks of one service, STOPPED ones included.
    public func tasks(of service: Service) -> [Task] { self[service.id].listedTasks.compactMap { taskTable[$0] } }

    /// By ARN or id; nil when ECS does not (any more) list such a task in the cluster.
    public func task(_ name: String, in cluster: Cluster) -> Task? {
        guard let id = tasksByShortID[Self.shortName(name)], let task = taskTable[id] else { return nil }
        return task.cluster == cluster.name ? task : nil
    }

    /// By ARN, `family:revision` or `family` (its newest); throws `ClientException`.
    public func taskDefinition(_ name: String) throws(Failure) -> TaskDefinition {
        guard let index = taskDefinitionsByName[Self.shortName(name)] else {
            throw Failure("ClientException", "Unable to describe task definition.")
        }
        return taskDefinitions[index]
    }

    /// `runningTasksCount` and `pendingTasksCount` as ECS counts, which is the trap: the first counts tasks in
    /// RUNNING whose *desired* status is RUNNING, the second leaves out whatever is being stopped. (botocore's ECS
    /// model.)
    public func taskCounts(on containerInstance: ContainerInstance) -> (running: Int, pending: Int) {
        counts(of: self[containerInstance.id].tasks)
    }

    /// `runningCount` and `pendingCount` of a service.
    public func taskCounts(of service: Service) -> (running: Int, pending: Int) {
        counts(of: self[service.id].tasks)
    }

    /// `rolloutState` of the PRIMARY deployment; ECS tells none for a service behind a classic load balancer or with
    /// another deployment controller than its own.
    public func rolloutState(of service: Service) -> String? {
        service.loadBalancerNames.isEmpty && service.deploymentController == .ecs
            ? self[service.id].primary.rolloutState.rawValue : nil
    }

    /// `runningCount` and `pendingCount` of one of a service's deployments.
    public func taskCounts(of service: Service, in deployment: Deployment) -> (running: Int, pending: Int) {
        counts(of: self[service.id].tasks.filter { taskTable[$0]?.deployment == deployment.number })
    }

    private func counts(of tasks: [Task.ID]) -> (running: Int, pending: Int) {
        var (running, pending) = (0, 0)
        for id in tasks where taskTable[id]?.desiredStatus == .running {
            guard let status = taskTable[id]?.lastStatus else { continue }
            if status == .running { running += 1 } else if status.isBeforeRunning { pending += 1 }
        }
        return (running, pending)
    }

    /// What follows the last slash of an ARN; a name without one is short already.
    static func shortName(_ name: String) -> String {
        guard let slash = name.lastIndex(of: "/") else { return name }
        return String(name[name.index(after: slash)...])
    }
}
