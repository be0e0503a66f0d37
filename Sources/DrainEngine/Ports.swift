public import DrainModel

/// How the engine sees AWS. One implementation asks AWS, another asks a simulated world.
///
/// Every function throws ``ObservationFailure`` when any part of the answer is missing: half a look is no look.
public protocol ClusterObserver: Sendable {
    /// Looks for instances in the clusters that this draind serves.
    func locate(_ instances: Set<InstanceID>) async throws(ObservationFailure) -> Whereabouts

    func look(_ request: LookRequest) async throws(ObservationFailure) -> ClusterSnapshot

    /// Reads a lifecycle hook's time limits; nil when Auto Scaling has no such hook (any more).
    func timing(
        of hook: LifecycleHookName, in group: AutoScalingGroupName
    ) async throws(ObservationFailure) -> LifecycleHookTiming?
}

/// How the engine acts on AWS. Retries for what is transient are the implementation's business.
public protocol ClusterActuator: Sendable {
    /// Carries out calls of one kind, one cluster: several only for ``Call/setDraining(_:_:)``, which AWS takes in
    /// batches. Gives an answer for each call.
    func perform(_ calls: [Call]) async -> [Call: CallAnswer]
}

/// Wall time, and waiting for it.
public protocol WallClock: Sendable {
    func now() -> Timestamp
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(until deadline: Timestamp) async throws
}

/// Why something could not be seen, in words for people.
public struct ObservationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Which of the instances asked for are registered where. An instance in neither could not be judged and is asked for
/// again.
public struct Whereabouts: Hashable, Sendable {
    public var found: [InstanceID: Drain.Location]
    /// In none of the served clusters, each of which answered.
    public var absent: Set<InstanceID>

    public init(found: [InstanceID: Drain.Location] = [:], absent: Set<InstanceID> = []) {
        self.found = found
        self.absent = absent
    }
}

/// What one look at a cluster has to cover, all of its drains at once: the container instances, the tasks known and
/// found on them, the services that own any of these, those services' tasks elsewhere, and their target groups.
public struct LookRequest: Hashable, Sendable {
    public let cluster: ClusterName
    public var hosts: [ContainerInstanceARN: Host]
    public var services: Set<ServiceName>

    public struct Host: Hashable, Sendable {
        public var knownTasks: Set<TaskARN>
        /// Whether its tasks are to be listed in any case. If not, they are listed only when every known task turns
        /// out to be STOPPED in this look: then the drain may be decided by it.
        public var mustList: Bool

        public init(knownTasks: Set<TaskARN>, mustList: Bool) {
            self.knownTasks = knownTasks
            self.mustList = mustList
        }
    }

    public init(cluster: ClusterName, hosts: [ContainerInstanceARN: Host] = [:], services: Set<ServiceName> = []) {
        self.cluster = cluster
        self.hosts = hosts
        self.services = services
    }
}
