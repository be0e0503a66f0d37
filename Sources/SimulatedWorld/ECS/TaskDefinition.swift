extension World {
    /// A task definition with one container, and how long that container takes for what it does.
    public struct TaskDefinition: Hashable, Sendable {
        public var family: String
        public internal(set) var revision: Int = 0
        public internal(set) var arn: String = ""
        public var resources: Resources
        /// The container's port; its host port is dynamic (bridge mode). Nil: it listens to nobody.
        public var containerPort: Int?
        /// How long after RUNNING the container's health check first succeeds; nil: it has no health check, and its
        /// `healthStatus` stays UNKNOWN.
        public var healthyAfter: Duration?
        /// PENDING: pulling the image and starting.
        public var startDuration: Duration
        /// STOPPING: from SIGTERM to the end.
        public var stopDuration: Duration

        public init(
            family: String, resources: Resources, containerPort: Int? = nil, healthyAfter: Duration? = nil,
            startDuration: Duration = .seconds(5), stopDuration: Duration = .seconds(3)
        ) {
            self.family = family
            self.resources = resources
            self.containerPort = containerPort
            self.healthyAfter = healthyAfter
            self.startDuration = startDuration
            self.stopDuration = stopDuration
        }
    }
}
