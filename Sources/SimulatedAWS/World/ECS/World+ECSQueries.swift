/// What ECS tells, on the state of now. Lists are in order of creation.
extension World {
    /// The cluster by name or ARN (nil: `default`); throws `ClusterNotFoundException`.
    public func cluster(_ name: String?) throws(Failure) -> Cluster { fatalError() }

    /// Every container instance of a cluster, INACTIVE ones included (`ListContainerInstances` leaves those out).
    public func containerInstances(in cluster: Cluster) -> [ContainerInstance] { fatalError() }

    /// By ARN or id; nil when the cluster has no such.
    public func containerInstance(_ name: String, in cluster: Cluster) -> ContainerInstance? { fatalError() }

    /// Every service of a cluster, INACTIVE ones included.
    public func services(in cluster: Cluster) -> [Service] { fatalError() }

    /// By ARN or name; nil when the cluster has no such.
    public func service(_ name: String, in cluster: Cluster) -> Service? { fatalError() }

    /// Every task that ECS still lists, STOPPED ones included: filter by `desiredStatus` as ListTasks does.
    public func tasks(in cluster: Cluster) -> [Task] { fatalError() }

    /// The tasks of one container instance, STOPPED ones included.
    public func tasks(on containerInstance: ContainerInstance) -> [Task] { fatalError() }

    /// The tasks of one service, STOPPED ones included.
    public func tasks(of service: Service) -> [Task] { fatalError() }

    /// By ARN or id; nil when ECS does not (any more) list such a task in the cluster.
    public func task(_ name: String, in cluster: Cluster) -> Task? { fatalError() }

    /// By ARN, `family:revision` or `family` (its newest).
    public func taskDefinition(_ name: String) throws(Failure) -> TaskDefinition { fatalError() }

    /// `runningTasksCount` and `pendingTasksCount` as ECS counts, which is the trap: the first counts
    /// *desired* RUNNING, the second leaves out what is being stopped.
    public func taskCounts(on containerInstance: ContainerInstance) -> (running: Int, pending: Int) { fatalError() }

    /// `runningCount` and `pendingCount` of a service.
    public func taskCounts(of service: Service) -> (running: Int, pending: Int) { fatalError() }

    /// `rolloutState` of the PRIMARY deployment: `COMPLETED` once steady, else `IN_PROGRESS`.
    public func rolloutState(of service: Service) -> String { fatalError() }
}
