extension World {
    /// An ECS task with one container.
    public struct Task: Hashable, Sendable, Identifiable {
        public typealias ID = Handle<Task>

        public let id: ID
        public let arn: String
        public let cluster: String
        public let taskDefinitionARN: String
        /// Nil: a standalone task.
        public let service: Service.ID?
        /// `service:NAME` or `family:FAMILY`.
        public let group: String
        public let startedBy: String?
        public let containerInstance: ContainerInstance.ID
        public let containerInstanceARN: String
        public let containerName: String
        public let runtimeID: String
        public let resources: Resources
        public let containerPort: Int?
        public let hostPort: Int?
        public let createdAt: WorldTime
        public internal(set) var startedAt: WorldTime?
        public internal(set) var stoppingAt: WorldTime?
        public internal(set) var stoppedAt: WorldTime?
        /// What ECS says; for a killed host it lags behind (``Timings/hostDeathNoticed``).
        public internal(set) var lastStatus: Status
        public internal(set) var desiredStatus: DesiredStatus
        public internal(set) var healthStatus: HealthStatus
        public internal(set) var stopCode: String?
        public internal(set) var stoppedReason: String?
        /// The truth behind ``lastStatus``: the process exists, from RUNNING until it ends or its host dies.
        public internal(set) var isProcessAlive = false
        let hasLoadBalancer: Bool
        let startDuration: Duration
        let stopDuration: Duration
        let healthyAfter: Duration?
        /// RUNNING long enough for the scheduler to count it.
        var isStable = false
        /// Counted in ``Service/inServiceCount``.
        var isCountedInService = false
        /// Its registrations, from RUNNING to DEACTIVATING and beyond.
        var targets: [Target.Place] = []
        /// Events of an older step are void.
        var step = 0

        public enum Status: String, Hashable, Sendable, CaseIterable {
            case provisioning = "PROVISIONING"
            case pending = "PENDING"
            case activating = "ACTIVATING"
            case running = "RUNNING"
            case deactivating = "DEACTIVATING"
            case stopping = "STOPPING"
            case deprovisioning = "DEPROVISIONING"
            case stopped = "STOPPED"

            var isBeforeRunning: Bool { self == .provisioning || self == .pending || self == .activating }
        }

        public enum DesiredStatus: String, Hashable, Sendable {
            case running = "RUNNING"
            case stopped = "STOPPED"
        }

        public enum HealthStatus: String, Hashable, Sendable {
            case unknown = "UNKNOWN"
            case healthy = "HEALTHY"
            case unhealthy = "UNHEALTHY"
        }
    }
}
