public import DrainModel

/// One call to AWS that changes nothing, by AWS's name: what the engine counts, budgets and repeats one by one.
public enum Read: Hashable, Sendable {
    case listClusters(page: PageToken?)
    /// The capacity providers of at most ``Batch/clusters`` clusters.
    case describeClusters([ClusterName])
    /// The groups behind at most ``Batch/capacityProviders`` capacity providers.
    case describeCapacityProviders([String], page: PageToken?)
    /// The container instances of these EC2 instances (at most ``Batch/instancesInFilter``).
    case listContainerInstances(ClusterName, [InstanceID], page: PageToken?)
    case describeContainerInstances(ClusterName, [ContainerInstanceARN])
    case listTasks(ClusterName, TaskOwner, DesiredStatus, page: PageToken?)
    case describeTasks(ClusterName, [TaskARN])
    case describeServices(ClusterName, [ServiceName])
    case describeTaskDefinition(String)
    case getTaskProtection(ClusterName, [TaskARN])
    /// What EC2 says of at most ``Batch/machines`` instances.
    case describeInstances([InstanceID], page: PageToken?)
    case describeTargetHealth(TargetGroupARN)
    /// Of a classic load balancer, by name.
    case describeInstanceHealth(String)
    case describeLifecycleHooks(AutoScalingGroupName)
    /// All groups when none is named.
    case describeAutoScalingGroups([AutoScalingGroupName], page: PageToken?)
    case describeWarmPool(AutoScalingGroupName, page: PageToken?)

    public typealias PageToken = String

    /// Whose tasks are listed.
    public enum TaskOwner: Hashable, Sendable {
        case containerInstance(ContainerInstanceARN)
        case service(ServiceName)
    }

    public enum DesiredStatus: String, Hashable, Sendable {
        case running = "RUNNING"
        case stopped = "STOPPED"
    }

    /// How much AWS takes in one call.
    /// Source: ECS and Auto Scaling API models; AWS publishes no limit for ECS's filters, so that one stays small. EC2
    /// takes 200 values for a filter (Amazon EC2 user guide, "Find your Amazon EC2 resources").
    public enum Batch {
        public static let clusters = 100
        public static let capacityProviders = 100
        public static let containerInstances = 100
        public static let tasks = 100
        public static let services = 10
        public static let instancesInFilter = 20
        public static let machines = 100
        public static let containerInstancesToUpdate = 10
    }

    public var bucket: APIBucket {
        switch self {
        case .listContainerInstances, .describeContainerInstances, .listTasks, .describeTasks: .clusterResourceRead
        case .listClusters, .describeClusters, .describeTaskDefinition: .clusterRead
        case .describeCapacityProviders: .capacityProviderRead
        case .describeServices: .serviceRead
        case .getTaskProtection: .taskProtection
        case .describeInstances: .ec2Read
        case .describeTargetHealth: .loadBalancing
        case .describeInstanceHealth: .classicLoadBalancing
        case .describeLifecycleHooks, .describeAutoScalingGroups, .describeWarmPool: .autoScalingRead
        }
    }
}

/// What AWS answers, in our words.
public enum ReadAnswer: Hashable, Sendable {
    case clusters([ClusterName], next: Read.PageToken?)
    case capacityProviders([ClusterName: [String]])
    /// Those that have a group.
    case providedGroups([String: AutoScalingGroupName], next: Read.PageToken?)
    case containerInstanceARNs([ContainerInstanceARN], next: Read.PageToken?)
    /// Those that are unknown to ECS are left out.
    case containerInstances([ContainerInstance])
    case taskARNs([TaskARN], next: Read.PageToken?)
    /// - Parameter missing: those that ECS answered as MISSING.
    case tasks([ObservedTask], missing: Set<TaskARN>)
    /// Those that were deleted are left out.
    case services([ObservedService])
    case taskDefinition(hasHealthCheck: Bool)
    /// Those that are protected, and until when.
    case protectedTasks([TaskARN: Timestamp])
    /// AWS's words for the states of the instances that EC2 knows: `running`, `stopped`, …
    case machines([InstanceID: String], next: Read.PageToken?)
    /// nil: there is no such target group.
    case targets([ObservedTargetGroup.Target]?)
    case instanceStates([InstanceID: String])
    case lifecycleHooks([ObservedHook])
    case autoScalingGroups([ObservedGroup], next: Read.PageToken?)
    /// Its instances that wait for a hook, and on their way to where.
    case warmPool([InstanceID: ObservedPoolWait], next: Read.PageToken?)
    case failed(ReadFailure)
}

/// Why something could not be seen, in words for people.
public struct ReadFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// AWS refused because it was asked too often.
    public let isThrottling: Bool
    /// What was asked for does not exist.
    public let isNotFound: Bool
    /// AWS did not answer.
    public let isUnanswered: Bool

    public init(
        _ description: String, isThrottling: Bool = false, isNotFound: Bool = false, isUnanswered: Bool = false
    ) {
        self.description = description
        self.isThrottling = isThrottling
        self.isNotFound = isNotFound
        self.isUnanswered = isUnanswered
    }
}

/// A lifecycle hook as Auto Scaling describes it.
public struct ObservedHook: Hashable, Sendable {
    public let name: LifecycleHookName
    public let transition: LifecycleTransition
    /// Seconds, 30 to 7200.
    public let heartbeatTimeoutSeconds: Int
    /// The topic or queue that it publishes to; nil for EventBridge alone.
    public let notificationTarget: String?
    public let notificationMetadata: String?

    public init(
        name: LifecycleHookName, transition: LifecycleTransition, heartbeatTimeoutSeconds: Int,
        notificationTarget: String?, notificationMetadata: String? = nil
    ) {
        self.name = name
        self.transition = transition
        self.heartbeatTimeoutSeconds = heartbeatTimeoutSeconds
        self.notificationTarget = notificationTarget
        self.notificationMetadata = notificationMetadata
    }
}

/// An Auto Scaling group, as far as the sweep looks at it.
public struct ObservedGroup: Hashable, Sendable {
    public let name: AutoScalingGroupName
    /// Its instances in `Terminating:Wait`.
    public let waiting: [InstanceID]
    /// Whether it keeps an instance whose termination was abandoned (`TerminateHookAbandon: retain`).
    public let retainsAbandoned: Bool
    /// Whether it has a warm pool, whose instances are not among its own.
    public let hasWarmPool: Bool

    public init(
        name: AutoScalingGroupName, waiting: [InstanceID], retainsAbandoned: Bool = false, hasWarmPool: Bool = false
    ) {
        self.name = name
        self.waiting = waiting
        self.retainsAbandoned = retainsAbandoned
        self.hasWarmPool = hasWarmPool
    }
}

/// On its way to where an instance of a warm pool waits for a hook.
///
/// Source: Auto Scaling user guide, "Use lifecycle hooks with a warm pool": on scale-in, an instance that returns to the
/// pool pauses at `Warmed:Pending:Wait` for a termination hook, as one that is launched into the pool does for a launch
/// hook.
public enum ObservedPoolWait: Hashable, Sendable {
    /// `Warmed:Pending:Wait`: back to the pool, or newly launched into it, which Auto Scaling shows alike.
    case entering
    /// `Warmed:Terminating:Wait`: out of the pool, to its end.
    case ending
}
