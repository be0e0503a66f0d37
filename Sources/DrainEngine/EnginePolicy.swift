public import DrainModel

/// What the engine is to serve, and how much of AWS's API it may use; how a drain is decided is ``DrainPolicy``.
public struct EnginePolicy: Hashable, Sendable {
    public var drain: DrainPolicy
    /// The clusters to look in; empty: all of the account and region.
    public var clusters: [ClusterName] = []
    /// The groups whose `Terminating:Wait` instances are looked for; empty: all of the account and region.
    public var autoScalingGroups: [AutoScalingGroupName] = []
    /// The topics and queues we listen to, by ARN: a hook that publishes to one of them is ours.
    public var notificationTargets: Set<String> = []
    /// How often `Terminating:Wait` instances without a record are looked for; nil: never.
    public var reconcileInterval: Duration? = .seconds(60)
    /// The most of each published request rate that may be used, in percent, 1 to 100.
    public var apiShare = 25

    public init(drain: DrainPolicy = DrainPolicy()) { self.drain = drain }

    /// A look at a cluster where nothing changes is repeated after so many poll intervals at the latest.
    static let longestStretch = 6
    /// How often instances that are in no served cluster are looked for again.
    static let searchInterval = Duration.seconds(20)
    /// The same, where EC2 takes them back and nothing else speaks for their being ours.
    static let foreignSearchInterval = Duration.seconds(60)
    /// How often the hooks of a group with open drains are read again.
    static let hookInterval = Duration.seconds(300)
    /// How long an instance waits, before it is taken out of service, for others that are known to be leaving.
    static let longestGathering = Duration.seconds(15)
    /// How long a completion waits for other instances to be taken out of service that are known to be leaving.
    static let longestHold = Duration.seconds(60)
    /// A look is about so many drains at the most, so that it ends within the budget and something is decided by it.
    static let mostInOneLook = 50
    /// The pause after a heartbeat that failed: Auto Scaling's clock runs.
    static let heartbeatRetry = Duration.seconds(1)
    /// The longest pause after other calls that failed.
    static let longestRetry = Duration.seconds(60)
    /// The pause after something that has failed so often before: twice as long each time.
    static func pause(after failures: Int, _ first: Duration) -> Duration {
        min(longestRetry, first * (1 << min(failures, 10)))
    }

    /// The pause after a dry run said what it would do.
    static let withheldPause = Duration.seconds(300)
}
