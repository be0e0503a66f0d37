public import DrainModel

/// How the engine sees AWS. One implementation asks AWS, another asks a simulated world.
public protocol ClusterObserver: Sendable {
    /// Makes one call, once: when to try again is the engine's business. What goes wrong is an answer, too.
    func answer(to read: Read) async -> ReadAnswer
}

/// How the engine acts on AWS.
public protocol ClusterActuator: Sendable {
    /// Makes one call, once. Several calls are given only for what AWS takes in one batch: ``Call/setDraining(_:_:)`` of
    /// one cluster, at most ``Read/Batch/containerInstancesToUpdate``. Gives an answer for each.
    func perform(_ calls: [Call]) async -> [Call: CallAnswer]
}

/// Wall time, and waiting for it.
public protocol WallClock: Sendable {
    func now() -> Timestamp
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(until deadline: Timestamp) async throws
    /// Of a clock that is never set nor steered, since whenever.
    func uptime() -> Duration
}

extension WallClock {
    /// For clocks that nobody sets.
    public func uptime() -> Duration { now() - Timestamp(millisecondsSinceEpoch: 0) }
}

/// Which of the instances asked for are registered where. An instance in neither could not be judged and is asked for
/// again.
struct Whereabouts: Hashable, Sendable {
    var found: [InstanceID: Drain.Location] = [:]
    /// In none of the served clusters, each of which answered.
    var absent: Set<InstanceID>
}

/// What one look at a cluster has to cover, all of its drains at once: the container instances, the tasks known and
/// found on them, the services that own any of these, those services' tasks elsewhere, and their load balancers.
struct LookRequest: Hashable, Sendable {
    let cluster: ClusterName
    var hosts: [ContainerInstanceARN: Host] = [:]
    var services: Set<ServiceName> = []

    struct Host: Hashable, Sendable {
        let instance: InstanceID
        var knownTasks: Set<TaskARN>
        /// Whether its tasks are to be listed in any case. If not, they are listed only when every known task turns
        /// out to be STOPPED in this look: then the drain may be decided by it.
        var mustList: Bool
    }
}
