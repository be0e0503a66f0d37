extension World {
    /// An EC2 instance of an Auto Scaling group.
    public struct Instance: Hashable, Sendable, Identifiable {
        public typealias ID = Handle<Instance>

        public let id: ID
        /// `i-` and 17 hexadecimal digits.
        public let instanceID: String
        public let group: String
        public let availabilityZone: String
        public let instanceType: String
        public let privateIPAddress: String
        public let launchedAt: WorldTime
        public internal(set) var lifecycleState: LifecycleState
        public internal(set) var ec2State: EC2State
        /// When the machine, and every process on it, died.
        public internal(set) var diedAt: WorldTime?
        /// What its ECS agent has registered, oldest first; more than one after a reset of the agent.
        public internal(set) var containerInstances: [ContainerInstance.ID] = []
        public internal(set) var isProtectedFromScaleIn: Bool
        /// When the notice of a Spot interruption came.
        public internal(set) var interruptedAt: WorldTime?
        /// Added to ``Timings/registration``.
        var registrationDelay = Duration.zero
        /// Its agent has lost its state.
        var registersAnew = false
        /// It was in the warm pool before its last launch.
        var comesFromPool = false
        /// Lifecycle actions that are not completed.
        var openActions: [LifecycleAction.ID] = []
        /// Its place among the endings, once a terminate hook has begun to wait.
        var ending: Int?

        /// The container instance that its ECS agent registered last, if it has.
        public var containerInstance: ContainerInstance.ID? { containerInstances.last }
        /// Whether its processes can run.
        public var isAlive: Bool { diedAt == nil }
    }

    /// `LifecycleState` of an instance in its group, as far as this world goes.
    public enum LifecycleState: String, Hashable, Sendable {
        case pending = "Pending"
        case pendingWait = "Pending:Wait"
        case inService = "InService"
        case terminating = "Terminating"
        case terminatingWait = "Terminating:Wait"
        case terminatingProceed = "Terminating:Proceed"
        /// Abandoned and kept (``AutoScalingGroup/TerminateHookAbandon``), until it is terminated by a call.
        case terminatingRetained = "Terminating:Retained"
        case terminated = "Terminated"
        case warmedPendingWait = "Warmed:Pending:Wait"
        case warmedPendingProceed = "Warmed:Pending:Proceed"
        case warmedStopped = "Warmed:Stopped"
        case warmedRunning = "Warmed:Running"

        var isTerminating: Bool {
            switch self {
            case .terminating, .terminatingWait, .terminatingProceed, .terminatingRetained, .terminated: true
            case .pending, .pendingWait, .inService, .warmedPendingWait, .warmedPendingProceed, .warmedStopped,
                .warmedRunning:
                false
            }
        }

        /// In the warm pool or on its way there.
        var isWarmed: Bool {
            switch self {
            case .warmedPendingWait, .warmedPendingProceed, .warmedStopped, .warmedRunning: true
            default: false
            }
        }
    }

    /// `State.Name` of EC2.
    public enum EC2State: String, Hashable, Sendable {
        case pending
        case running
        case stopping
        case stopped
        case shuttingDown = "shutting-down"
        case terminated
    }
}
