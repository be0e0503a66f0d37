public import DrainModel

/// A drain as everyone outside draind sees it: the DRAIN of the contract.
///
/// Fields that have no value yet are `null`, not absent; only ``history`` is left out where many drains are listed.
public struct DrainJSON: Hashable, Sendable {
    public let id: DrainID
    public let instanceId: InstanceID
    /// nil until the instance was found in a cluster.
    public let cluster: ClusterName?
    public let containerInstanceArn: ContainerInstanceARN?
    /// nil, as the hook, for a manual drain that completes no lifecycle action.
    public let autoScalingGroup: AutoScalingGroupName?
    public let lifecycleHook: LifecycleHookName?
    public let transition: LifecycleTransition
    public let origin: DrainOrigin
    public let phase: DrainPhase
    /// nil until the drain is finished.
    public let outcome: DrainOutcome?
    public let waitingFor: [Wait]
    public let blockedBy: [Blocker]
    public let tasks: Tasks
    public let acceptedAt: Timestamp
    public let deadline: Timestamp
    public let finishedAt: Timestamp?
    /// How many Auto Scaling has confirmed.
    public let heartbeats: Int
    /// What happened, oldest first; nil where it was not asked for.
    public let history: [Drain.HistoryEntry]?

    /// The tasks that were seen on the instance.
    public struct Tasks: Hashable, Sendable, Codable {
        public let total: Int
        public let stopped: Int
    }

    public init(_ drain: Drain, withHistory: Bool) {
        id = drain.id
        instanceId = drain.instance
        cluster = drain.location?.cluster
        containerInstanceArn = drain.location?.containerInstance
        autoScalingGroup = drain.action?.autoScalingGroup
        lifecycleHook = drain.action?.lifecycleHook
        transition = drain.action?.transition ?? .terminating
        origin = drain.origin
        phase = drain.phase
        outcome = drain.outcome
        waitingFor = drain.waitingFor
        blockedBy = drain.blockedBy
        tasks = Tasks(total: drain.tasks.count, stopped: drain.tasks.count(where: \.isStopped))
        acceptedAt = drain.acceptedAt
        deadline = drain.deadline
        finishedAt = drain.finishedAt
        heartbeats = drain.heartbeat.count
        history = withHistory ? drain.history : nil
    }
}

/// One page of drains: `{"drains": [DRAIN…], "next": "…"|null}`, newest first.
public struct DrainListJSON: Hashable, Sendable {
    public let drains: [DrainJSON]
    /// What to ask for `after` to get the next page; nil on the last.
    public let next: DrainID?

    public init(_ page: DrainPage) {
        drains = page.drains.map { DrainJSON($0, withHistory: false) }
        next = page.next
    }
}
