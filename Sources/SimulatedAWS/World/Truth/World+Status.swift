extension World {
    /// A row of a status display.
    public struct InstanceStatus: Hashable, Sendable {
        public let instanceID: String
        public let lifecycleState: LifecycleState
        /// Nil while it is not registered with a cluster.
        public let containerInstanceStatus: ContainerInstance.Status?
        /// Not STOPPED, in order of creation.
        public let tasks: [TaskStatus]
    }

    public struct TaskStatus: Hashable, Sendable {
        /// The service's name; nil: standalone.
        public let service: String?
        public let lastStatus: Task.Status
        public let isInService: Bool
        /// The state of its target, if it has one.
        public let target: TargetState?
    }

    /// Every instance of every group that is not Terminated, in order of launch.
    public var instanceStatuses: [InstanceStatus] { fatalError() }
}
