/// What one look at a cluster showed: the only thing a decision is judged on.
///
/// A look is whole or it failed: a call that could not be answered, or a batch with an unexplained failure, makes no
/// snapshot. Only services, load balancers and protection may be marked as unseen, for those drains to wait that need them.
public struct ClusterSnapshot: Hashable, Sendable {
    public let cluster: ClusterName
    /// When the first call of the look was sent.
    public let takenAt: Timestamp
    /// The container instances that this look was about. It says nothing of any other.
    public var asked: Set<ContainerInstanceARN>
    /// Those of them that ECS knows, and others under which their instances are registered.
    public var containerInstances: [ContainerInstanceARN: ContainerInstance]
    /// The instances whose tasks were listed afresh, in desired status RUNNING and STOPPED, in this look.
    public var listedContainerInstances: Set<ContainerInstanceARN>
    /// Every task that was described, whether on a draining instance or elsewhere.
    public var tasks: [TaskARN: ObservedTask]
    /// Tasks that were asked for and that ECS answered as MISSING: it forgets tasks some time after they stopped.
    public var forgottenTasks: Set<TaskARN>
    /// The services that were asked for; one that is missing was deleted, or is among the ``unseenServices``.
    public var services: [ServiceName: ObservedService]
    public var targetGroups: [TargetGroupARN: ObservedTargetGroup]
    /// By the names of classic load balancers, the state of each of their instances: `InService`, `OutOfService`, …, or
    /// `draining` while it is being deregistered.
    public var classicLoadBalancers: [String: [InstanceID: String]]
    /// What AWS would not show, and why: only the drains that depend on it wait.
    public var unseenServices: [ServiceName: String]
    /// As above, for target groups by ARN and classic load balancers by name.
    public var unseenLoadBalancers: [String: String]
    /// Running tasks of the instances that are still in service, which their service protects from scale-in, and until
    /// when.
    public var protectedTasks: [TaskARN: Timestamp]
    /// Why some tasks' protection was not shown, if so.
    public var protectionUnseen: String?
    /// What EC2 says of the machines whose agent is silent while ECS shows tasks on them; it is asked of no others.
    public var machineStates: [InstanceID: MachineState]
    /// Why EC2 did not say it of some, if so.
    public var machinesUnseen: String?

    public init(
        cluster: ClusterName, takenAt: Timestamp, asked: Set<ContainerInstanceARN> = [],
        containerInstances: [ContainerInstanceARN: ContainerInstance] = [:],
        listedContainerInstances: Set<ContainerInstanceARN> = [],
        tasks: [TaskARN: ObservedTask] = [:], forgottenTasks: Set<TaskARN> = [],
        services: [ServiceName: ObservedService] = [:],
        targetGroups: [TargetGroupARN: ObservedTargetGroup] = [:],
        classicLoadBalancers: [String: [InstanceID: String]] = [:],
        unseenServices: [ServiceName: String] = [:], unseenLoadBalancers: [String: String] = [:],
        protectedTasks: [TaskARN: Timestamp] = [:], machineStates: [InstanceID: MachineState] = [:]
    ) {
        self.cluster = cluster
        self.takenAt = takenAt
        self.asked = asked
        self.containerInstances = containerInstances
        self.listedContainerInstances = listedContainerInstances
        self.tasks = tasks
        self.forgottenTasks = forgottenTasks
        self.services = services
        self.targetGroups = targetGroups
        self.classicLoadBalancers = classicLoadBalancers
        self.unseenServices = unseenServices
        self.unseenLoadBalancers = unseenLoadBalancers
        self.protectedTasks = protectedTasks
        self.machineStates = machineStates
    }
}

public struct ContainerInstance: Hashable, Sendable {
    public let arn: ContainerInstanceARN
    public let instance: InstanceID
    public var status: Status
    public var agentConnected: Bool

    /// The statuses that matter here; AWS has more (`REGISTERING`, `DEREGISTERING`, …) and may add some.
    public enum Status: Hashable, Sendable {
        case active, draining, inactive
        case other(String)
    }

    public init(arn: ContainerInstanceARN, instance: InstanceID, status: Status, agentConnected: Bool) {
        self.arn = arn
        self.instance = instance
        self.status = status
        self.agentConnected = agentConnected
    }
}

public struct ObservedTask: Hashable, Sendable {
    public let arn: TaskARN
    /// nil while it is not placed, and on Fargate.
    public let containerInstance: ContainerInstanceARN?
    /// nil for a standalone task.
    public let service: ServiceName?
    /// `RUNNING` or `STOPPED`: what ECS wants.
    public var desiredStatus: String
    /// Where the task is, from `PROVISIONING` to `STOPPED`.
    public var lastStatus: String
    public var health: Health
    /// The ARN of its definition, by which it is known whether its health is checked at all.
    public let taskDefinition: String?
    /// When it reached STOPPED; nil before, and where AWS does not say.
    public var stoppedAt: Timestamp?
    /// Its own private addresses (awsvpc mode).
    public let addresses: [String]

    public enum Health: Hashable, Sendable {
        /// Its task definition has no health check, so ECS will never call it healthy.
        case notChecked
        /// Checks are defined and have not concluded yet.
        case starting
        case healthy, unhealthy
        /// ECS says UNKNOWN: ``notChecked`` or ``starting``, as the task definition will tell.
        case unknown
    }

    public init(
        arn: TaskARN, containerInstance: ContainerInstanceARN?, service: ServiceName?, desiredStatus: String,
        lastStatus: String, health: Health, taskDefinition: String? = nil, stoppedAt: Timestamp? = nil,
        addresses: [String] = []
    ) {
        self.arn = arn
        self.containerInstance = containerInstance
        self.service = service
        self.desiredStatus = desiredStatus
        self.lastStatus = lastStatus
        self.health = health
        self.taskDefinition = taskDefinition
        self.stoppedAt = stoppedAt
        self.addresses = addresses
    }
}

public struct ObservedService: Hashable, Sendable {
    public let name: ServiceName
    /// Whether it is `ACTIVE`; a service `DRAINING` or `INACTIVE` is being or was deleted and desires nothing.
    public var isActive: Bool
    public var isDaemon: Bool
    public var desiredCount: Int
    public var minimumHealthyPercent: Int
    public var maximumPercent: Int
    public var targetGroups: [TargetGroupARN]
    /// Target groups between which a deployment moves the traffic of one of ``targetGroups`` (blue/green): a target
    /// in one of these counts as well.
    public var alternateTargetGroups: [TargetGroupARN: [TargetGroupARN]]
    public var classicLoadBalancers: [String]
    /// Whether the deployment circuit breaker gave the current deployment up.
    public var deploymentFailed: Bool
    /// The messages of its newest event and of those of the ten minutes before it, the newest first; for explanation
    /// only.
    public var recentEvents: [String]

    public init(
        name: ServiceName, isActive: Bool = true, isDaemon: Bool = false, desiredCount: Int,
        minimumHealthyPercent: Int = 100, maximumPercent: Int = 200, targetGroups: [TargetGroupARN] = [],
        alternateTargetGroups: [TargetGroupARN: [TargetGroupARN]] = [:], classicLoadBalancers: [String] = [],
        deploymentFailed: Bool = false, recentEvents: [String] = []
    ) {
        self.name = name
        self.isActive = isActive
        self.isDaemon = isDaemon
        self.desiredCount = desiredCount
        self.minimumHealthyPercent = minimumHealthyPercent
        self.maximumPercent = maximumPercent
        self.targetGroups = targetGroups
        self.alternateTargetGroups = alternateTargetGroups
        self.classicLoadBalancers = classicLoadBalancers
        self.deploymentFailed = deploymentFailed
        self.recentEvents = recentEvents
    }
}

public struct ObservedTargetGroup: Hashable, Sendable {
    public let arn: TargetGroupARN
    public var targets: [Target]

    public struct Target: Hashable, Sendable {
        /// An instance id, or an IP address in target groups of type `ip`.
        public let id: String
        public let port: Int
        /// AWS's word: `initial`, `healthy`, `unhealthy`, `unused`, `draining`, `unhealthy.draining`, `unavailable`.
        public var state: String

        public init(id: String, port: Int, state: String) {
            self.id = id
            self.port = port
            self.state = state
        }
    }

    public init(arn: TargetGroupARN, targets: [Target]) {
        self.arn = arn
        self.targets = targets
    }
}
