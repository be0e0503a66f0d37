extension World {
    /// An ECS task with one container.
    public struct Task: Hashable, Sendable, Identifiable {
        public typealias ID = Handle<Task>

        public let id: ID
        let names: Names
        /// Nil: a standalone task.
        public let service: Service.ID?
        public let containerInstance: ContainerInstance.ID
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
        /// 0 or 1 once its container has ended by itself.
        public internal(set) var exitCode: Int?
        /// Scale-in protection, unless that moment has passed.
        public internal(set) var protectedUntil: WorldTime?
        let hasLoadBalancer: Bool
        let isHealthChecked: Bool
        /// Its place among the task definitions.
        let definition: Int
        /// The number of its service's deployment.
        let deployment: Int
        /// The scheduler has called it healthy once.
        var wasHealthy = false
        /// RUNNING long enough for the scheduler to count it.
        var isStable = false
        /// Counted in ``Service/inServiceCount``.
        var isCountedInService = false
        /// Counted in ``Service/healthyTasks``.
        var isCountedHealthy = false
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

extension World.Task {
    /// What AWS calls it and what belongs to it: never changed, so all copies of a task share it, and a copy is cheap.
    final class Names: Hashable, Sendable, CustomStringConvertible {
        let arn: String
        let cluster: String
        let taskDefinitionARN: String
        let group: String
        let startedBy: String?
        let containerInstanceARN: String
        let containerName: String
        let runtimeID: String

        init(
            arn: String, cluster: String, taskDefinitionARN: String, group: String, startedBy: String?,
            containerInstanceARN: String, containerName: String, runtimeID: String
        ) {
            self.arn = arn
            self.cluster = cluster
            self.taskDefinitionARN = taskDefinitionARN
            self.group = group
            self.startedBy = startedBy
            self.containerInstanceARN = containerInstanceARN
            self.containerName = containerName
            self.runtimeID = runtimeID
        }

        var description: String { "\(arn) \(taskDefinitionARN) \(group) \(startedBy ?? "") \(runtimeID)" }

        /// The ARN names the task, and a task's names never change.
        static func == (left: Names, right: Names) -> Bool { left === right || left.arn == right.arn }
        func hash(into hasher: inout Hasher) { hasher.combine(arn) }
    }

    public var arn: String { names.arn }
    public var cluster: String { names.cluster }
    public var taskDefinitionARN: String { names.taskDefinitionARN }
    /// `service:NAME` or `family:FAMILY`.
    public var group: String { names.group }
    /// The deployment's id, for a service's task.
    public var startedBy: String? { names.startedBy }
    public var containerInstanceARN: String { names.containerInstanceARN }
    public var containerName: String { names.containerName }
    public var runtimeID: String { names.runtimeID }
}
