extension World {
    /// An ECS service.
    public struct Service: Hashable, Sendable, Identifiable {
        public typealias ID = Handle<Service>

        public let id: ID
        public let name: String
        public let arn: String
        public let cluster: String
        let clusterIndex: Int
        public let schedulingStrategy: SchedulingStrategy
        public let deploymentController: DeploymentController
        /// Placement constraint `distinctInstance`: never two of its tasks on one instance.
        public let isOnDistinctInstances: Bool
        public let createdAt: WorldTime
        public internal(set) var status: Status
        /// PRIMARY first, then those that still have tasks, newest first.
        public internal(set) var deployments: [Deployment]
        public internal(set) var circuitBreaker: CircuitBreaker?
        /// For a daemon: the number of ACTIVE container instances.
        public internal(set) var desiredCount: Int
        public internal(set) var minimumHealthyPercent: Int
        public internal(set) var maximumPercent: Int
        public let targetGroupARNs: [String]
        /// Classic ones.
        public let loadBalancerNames: [String]
        let balancers: [Int]
        /// `availabilityZoneRebalancing`.
        public internal(set) var rebalancesZones: Bool
        /// Newest first, at most 100.
        public internal(set) var events: [Event] = []
        /// Not STOPPED, in order of creation.
        var tasks: [Task.ID] = []
        /// The same with those that have STOPPED, as long as ECS lists them.
        var listedTasks: [Task.ID] = []
        /// Its tasks that a judge of drains calls healthy.
        var healthyTasks = Tally()
        /// The open endings that answer for it.
        var openEndings: [Int] = []
        var isEvaluationDue = false
        /// Whether it wants to start a task, and no instance has room for it.
        public internal(set) var waitsForRoom = false
        var isRetryDue = false
        var isSteady = false
        /// What the circuit breaker rolls back to, by its place among the task definitions.
        var lastCompletedDefinition: Int?
        /// Started in a zone that had too few, one more than desired until it is healthy.
        var rebalancingTask: Task.ID?
        /// How many of its tasks are in service, kept as it changes (``World/serviceTruths``).
        var inServiceCount = 0
        var leastInService = 0

        public enum SchedulingStrategy: String, Hashable, Sendable {
            case replica = "REPLICA"
            case daemon = "DAEMON"
        }

        /// `deploymentController.type`. With another than ECS's own, deployments are made by somebody else, and
        /// draining goes by the default percentages (Amazon ECS developer guide, "Container instance draining").
        public enum DeploymentController: String, Hashable, Sendable {
            case ecs = "ECS"
            case codeDeploy = "CODE_DEPLOY"
            case external = "EXTERNAL"
        }

        public enum Status: String, Hashable, Sendable {
            case active = "ACTIVE"
            /// Deleted, and some of its tasks have not STOPPED yet.
            case draining = "DRAINING"
            case inactive = "INACTIVE"
        }

        /// `deploymentCircuitBreaker`, enabled.
        public struct CircuitBreaker: Hashable, Sendable {
            public var rollsBack: Bool

            public init(rollsBack: Bool = false) { self.rollsBack = rollsBack }
        }

        public struct Event: Hashable, Sendable {
            public let id: String
            public let at: WorldTime
            public let message: String
        }
    }
}

extension World.Service {
    var primary: World.Deployment { deployments[0] }

    /// Of the desired count, rounded up: how many tasks must stay healthy.
    var minimumHealthy: Int {
        let percent = deploymentController == .ecs ? minimumHealthyPercent : 100
        return (desiredCount * percent + 99) / 100
    }

    /// Of the desired count, rounded down: how many tasks there may be.
    var maximumRunning: Int { desiredCount * (deploymentController == .ecs ? maximumPercent : 200) / 100 }

    /// Of the PRIMARY deployment.
    public var taskDefinitionARN: String { deployments[0].taskDefinitionARN }
    /// `id` of its PRIMARY deployment, `ecs-svc/…`, also `startedBy` of its tasks.
    public var deploymentID: String { deployments[0].id }
    public var deployedAt: WorldTime { deployments[0].createdAt }
}
