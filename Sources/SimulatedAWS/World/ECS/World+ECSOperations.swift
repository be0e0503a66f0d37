/// The operations of ECS, by AWS's names. Clusters, services, tasks, container instances and task definitions may be
/// named by short name (id) or ARN; `cluster` nil is `default`.
extension World {
    /// `CreateCluster`; idempotent.
    @discardableResult
    public mutating func createCluster(named name: String) -> Cluster { fatalError() }

    /// `RegisterTaskDefinition`: gives it the next revision of its family and its ARN.
    @discardableResult
    public mutating func registerTaskDefinition(_ definition: TaskDefinition) -> TaskDefinition { fatalError() }

    /// `CreateService`. A daemon ignores `desiredCount`.
    @discardableResult
    public mutating func createService(
        named name: String, cluster: String?, taskDefinition: String, schedulingStrategy: Service.SchedulingStrategy = .replica,
        desiredCount: Int = 0, minimumHealthyPercent: Int? = nil, maximumPercent: Int? = nil,
        targetGroupARNs: [String] = []
    ) throws(Failure) -> Service { fatalError() }

    /// `UpdateService`; nil leaves a value as it is. Another task definition is a rolling deployment.
    @discardableResult
    public mutating func updateService(
        _ service: String, cluster: String?, desiredCount: Int? = nil, taskDefinition: String? = nil,
        minimumHealthyPercent: Int? = nil, maximumPercent: Int? = nil
    ) throws(Failure) -> Service { fatalError() }

    /// `DeleteService` with force: its tasks are stopped, it becomes INACTIVE.
    public mutating func deleteService(_ service: String, cluster: String?) throws(Failure) { fatalError() }

    /// `RunTask`: standalone tasks; fewer than `count` (down to none) when there is no room.
    public mutating func runTask(
        taskDefinition: String, cluster: String?, count: Int = 1, startedBy: String? = nil
    ) throws(Failure) -> [Task] { fatalError() }

    /// `StopTask`. A service replaces what it lacks.
    @discardableResult
    public mutating func stopTask(_ task: String, cluster: String?, reason: String? = nil) throws(Failure) -> Task {
        fatalError()
    }

    /// `UpdateContainerInstancesState`, at most 10: those that could be changed, and a failure for each other.
    public mutating func updateContainerInstancesState(
        _ containerInstances: [String], cluster: String?, status: ContainerInstance.Status
    ) throws(Failure) -> (changed: [ContainerInstance], failures: [ResourceFailure]) { fatalError() }

    /// `DeregisterContainerInstance`. Forced, its tasks live on as orphans unknown to the scheduler, which
    /// starts others at once; not forced, it must have no task.
    @discardableResult
    public mutating func deregisterContainerInstance(
        _ containerInstance: String, cluster: String?, force: Bool
    ) throws(Failure) -> ContainerInstance { fatalError() }

    /// An entry of `failures` in an answer with status 200.
    public struct ResourceFailure: Hashable, Sendable {
        public let arn: String
        /// `MISSING`, …
        public let reason: String
        public let detail: String?
    }
}
