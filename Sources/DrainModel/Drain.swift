/// The durable record of one drain: everything that must survive a restart, and what is shown to people.
///
/// It is a value. ``DrainMachine`` makes the next one from it; a ledger keeps it; nothing else changes it.
public struct Drain: Hashable, Sendable, Codable, Identifiable {
    /// `INSTANCE-HASH`, where the hash covers group, hook, instance and token: the same action, through
    /// whichever door and however often, gives the same id.
    public let id: DrainID
    public let instance: InstanceID
    public let origin: DrainOrigin
    /// What Auto Scaling waits with; nil for a drain that completes nothing: it was asked for, or EC2 takes the instance
    /// back.
    public var action: LifecycleAction?
    /// Whether an operator wants the instance's pending action completed as well, and it is still being looked for.
    public var seeksAction = false
    /// The only cluster in which an operator wants it looked for; nil for any that is served.
    public var namedCluster: ClusterName?
    public let acceptedAt: Timestamp

    /// When `onTimeout` is carried out, whatever still runs.
    public var deadline: Timestamp
    public let onTimeout: LifecycleActionResult
    /// When EC2 takes the Spot instance back, as it has warned; the deadline is no later. nil: no warning has come.
    public var takenBackAt: Timestamp?

    public var phase: DrainPhase = .accepted
    public var location: Location?
    /// Under which other names the instance is registered in the same cluster: where an agent lost its state, it
    /// registers the instance anew, and ECS knows both.
    public var alsoRegistered: [ContainerInstanceARN] = []
    /// Since when the instance has been in none of the served clusters; nil while it is in one or not yet looked for.
    public var absentSince: Timestamp?
    /// Whether draind itself asked for DRAINING, and so may undo it.
    public var drainingSetByUs = false
    /// Since which look the instance is out of service (not ACTIVE), so that ECS places no task on it any more.
    public var outOfServiceSince: Timestamp?
    /// Since which look the container instance is INACTIVE or unknown to ECS.
    public var deregisteredSince: Timestamp?

    /// Whether the latest word of EC2 is that the machine has ended, for the history to say so once. Each look judges by
    /// what EC2 says in it: a machine that was stopped may be started again.
    public var machineHasEnded = false

    /// Every task seen on the instance since it was first looked at.
    public var tasks: [TrackedTask] = []
    /// Whether the tasks were listed while the instance was known to be DRAINING, when ECS places none there any
    /// more: from then on they need not be listed at each look, only once more before the decision.
    public var taskListIsClosed = false
    /// Since when the instance is out of service and nothing but daemons is left on it: they are given a bounded time from
    /// here.
    public var onlyDaemonsSince: Timestamp?

    public var heartbeat = HeartbeatState()
    /// The group's other hooks for which Auto Scaling waits as well.
    public var hooksBeside: [LifecycleHookName] = []
    /// Whether the group keeps an instance whose termination is abandoned (`TerminateHookAbandon: retain`).
    public var groupRetainsAbandoned = false
    /// What to tell Auto Scaling; recorded before it is told, and never changed.
    public var decision: Decision?

    /// The last call for this drain that AWS refused, until one like it succeeds.
    public var refusedCall: RefusedCall?

    public var waitingFor: [Wait] = []
    public var blockedBy: [Blocker] = []
    /// The causes that ``history`` has told of: each is told once.
    public var toldBlockers: Set<Blocker.Code> = []
    public var history: [HistoryEntry] = []

    public var outcome: DrainOutcome?
    public var finishedAt: Timestamp?

    public init(
        action: LifecycleAction, origin: DrainOrigin, acceptedAt: Timestamp, deadline: Timestamp,
        onTimeout: LifecycleActionResult
    ) {
        self.id = Self.id(of: action)
        self.instance = action.instance
        self.origin = origin
        self.action = action
        self.acceptedAt = acceptedAt
        self.deadline = deadline
        self.onTimeout = onTimeout
    }

    /// A drain that is asked for without a lifecycle action to complete.
    public init(
        instance: InstanceID, origin: DrainOrigin, acceptedAt: Timestamp, deadline: Timestamp,
        onTimeout: LifecycleActionResult = .continue
    ) {
        self.id = Self.id(of: instance, [instance.rawValue, String(acceptedAt.millisecondsSinceEpoch)])
        self.instance = instance
        self.origin = origin
        self.action = nil
        self.acceptedAt = acceptedAt
        self.deadline = deadline
        self.onTimeout = onTimeout
    }

    /// A drain of a Spot instance that EC2 takes back. The same warning, however often it comes, gives the same id.
    public init(
        interruptionOf instance: InstanceID, warnedAt: Timestamp, takenBackAt: Timestamp, origin: DrainOrigin,
        acceptedAt: Timestamp
    ) {
        self.id = Self.id(
            of: instance, ["spot-interruption", instance.rawValue, String(warnedAt.millisecondsSinceEpoch)])
        self.instance = instance
        self.origin = origin
        self.action = nil
        self.acceptedAt = acceptedAt
        self.deadline = takenBackAt
        self.onTimeout = .continue
        self.takenBackAt = takenBackAt
    }

    /// Where the instance is registered.
    public struct Location: Hashable, Sendable, Codable {
        public let cluster: ClusterName
        public let containerInstance: ContainerInstanceARN

        public init(cluster: ClusterName, containerInstance: ContainerInstanceARN) {
            self.cluster = cluster
            self.containerInstance = containerInstance
        }

        /// Another container instance of the same cluster.
        func of(_ containerInstance: ContainerInstanceARN) -> Self {
            Self(cluster: cluster, containerInstance: containerInstance)
        }
    }

    /// What is known and done about the hook's heartbeat timer.
    public struct HeartbeatState: Hashable, Sendable, Codable {
        /// The hook's HeartbeatTimeout in seconds (30 to 7200); nil until it has been read.
        public var timeoutSeconds: Int?
        /// When Auto Scaling last confirmed one.
        public var lastAt: Timestamp?
        public var count = 0

        public init() {}
    }

    /// The final answer to Auto Scaling, and why.
    public struct Decision: Hashable, Sendable, Codable {
        public let result: LifecycleActionResult
        public let outcome: DrainOutcome
        public let at: Timestamp

        public init(result: LifecycleActionResult, outcome: DrainOutcome, at: Timestamp) {
            self.result = result
            self.outcome = outcome
            self.at = at
        }
    }

    /// A call that AWS refused, as people need to know it.
    public struct RefusedCall: Hashable, Sendable, Codable {
        /// AWS's name of the operation.
        public let operation: String
        public let reason: String

        public init(operation: String, reason: String) {
            self.operation = operation
            self.reason = reason
        }
    }

    public struct HistoryEntry: Hashable, Sendable, Codable {
        public let at: Timestamp
        public let message: String
        /// Set where somebody should change something; absent otherwise.
        public let isWarning: Bool?

        public init(at: Timestamp, message: String, isWarning: Bool = false) {
            self.at = at
            self.message = message
            self.isWarning = isWarning ? true : nil
        }
    }

    /// The id of the drain for an action. Without a token, two waits of one hook for one instance are told apart by
    /// when they began.
    private static func id(of action: LifecycleAction) -> DrainID {
        id(
            of: action.instance,
            [
                action.autoScalingGroup.rawValue, action.lifecycleHook.rawValue, action.instance.rawValue,
                action.token?.rawValue ?? String(action.startedAt.millisecondsSinceEpoch),
            ])
    }

    private static func id(of instance: InstanceID, _ identity: [String]) -> DrainID {
        DrainID("\(instance)-\(Fingerprint.of(identity))")
    }
}

/// The door a drain came through.
public enum DrainOrigin: String, Hashable, Sendable, Codable, CaseIterable {
    case sns, sqs, reconcile, manual
    case customResource = "custom-resource"
}

/// How far a drain is. It only ever moves forward.
public enum DrainPhase: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Recorded; the instance is being looked for.
    case accepted
    /// Waiting for a place among the drains in progress.
    case queued
    /// The instance is leaving service and its tasks are ending.
    case draining
    /// Its tasks have ended; their replacements are not all in service yet.
    case replacing
    /// The answer to Auto Scaling is decided and being sent.
    case completing
    case finished

    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .accepted: 0
        case .queued: 1
        case .draining: 2
        case .replacing: 3
        case .completing: 4
        case .finished: 5
        }
    }
}

public enum DrainOutcome: String, Hashable, Sendable, Codable, CaseIterable {
    /// Completed with CONTINUE after every condition held.
    case drained
    /// Completed at the deadline, by policy.
    case timedOut = "timed-out"
    /// Completed by an operator.
    case forced
    case cancelled
    /// No container instance of a served cluster; completed with CONTINUE.
    case notOurs = "not-ours"
    /// Auto Scaling knows no such action any more.
    case gone
}

/// A task that was seen on the draining instance.
public struct TrackedTask: Hashable, Sendable, Codable {
    public let arn: TaskARN
    /// nil for a standalone task.
    public let service: ServiceName?
    public var isDaemon: Bool
    public var isStopped: Bool
    /// Since which look ECS says that it knows no such task, although it was not seen to end.
    public var missingSince: Timestamp?
    /// Whether draind has asked ECS to stop it, as the policy for standalone tasks says.
    public var isToldToStop = false
    /// Its own addresses (awsvpc mode), by which target groups of type `ip` know it. A task has none before
    /// it is placed.
    public var addresses: [String]

    public init(arn: TaskARN, service: ServiceName?, isDaemon: Bool, isStopped: Bool, addresses: [String]) {
        self.arn = arn
        self.service = service
        self.isDaemon = isDaemon
        self.isStopped = isStopped
        self.addresses = addresses
    }
}

/// One thing that must come about before a drain can finish.
public struct Wait: Hashable, Sendable, Codable {
    public let kind: Kind
    public let name: String
    /// Progress in words: `1 of 2 replacements healthy`.
    public let detail: String

    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case task, service, budget
        case targetGroup = "target-group"
        case containerInstance = "container-instance"
    }

    public init(_ kind: Kind, _ name: String, _ detail: String) {
        self.kind = kind
        self.name = name
        self.detail = detail
    }
}

/// Why a wait will not end by itself, and what to do about it.
public struct Blocker: Hashable, Sendable, Codable {
    public let code: Code
    public let message: String
    public let hint: String

    /// A closed set: it is the label of a metric.
    public enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        case awsRefused = "aws-refused"
        case awsUnreachable = "aws-unreachable"
        case hookUnread = "hook-unread"
        case agentDisconnected = "agent-disconnected"
        case deploymentDeadlock = "deployment-deadlock"
        case deploymentFailed = "deployment-failed"
        case noCapacity = "no-capacity"
        case protectedTask = "protected-task"
        case replacementsFail = "replacements-fail"
        case standaloneTask = "standalone-task"
    }

    public init(_ code: Code, message: String, hint: String) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
