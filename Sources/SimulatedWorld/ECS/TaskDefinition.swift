extension World {
    /// A task definition with one container, and how long that container takes for what it does.
    public struct TaskDefinition: Hashable, Sendable {
        public var family: String
        public internal(set) var revision: Int = 0
        public internal(set) var arn: String = ""
        public var resources: Resources
        /// The container's port. Nil: it listens to nobody.
        public var containerPort: Int?
        /// A static host port: one task an instance. Nil: it is dynamic (bridge mode).
        public var hostPort: Int?
        /// How long after RUNNING the container's health check first succeeds; nil: it has no health check, and its
        /// `healthStatus` stays UNKNOWN.
        public var healthyAfter: Duration?
        /// PENDING: pulling the image and starting.
        public var startDuration: Duration
        /// STOPPING: from SIGTERM to the end.
        public var stopDuration: Duration
        /// So long after RUNNING its container ends with exit code 1, again and again.
        public var crashesAfter: Duration?
        /// So long after RUNNING its container has done its work and ends with exit code 0: a job.
        public var runDuration: Duration?
        /// Its health checks never succeed: the container's, if it has one, and the load balancer's.
        public var neverHealthy = false

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
