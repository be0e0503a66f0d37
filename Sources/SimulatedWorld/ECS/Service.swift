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
        public let createdAt: WorldTime
        public internal(set) var status: Status
        public internal(set) var taskDefinitionARN: String
        /// `id` of its PRIMARY deployment, `ecs-svc/…`, also `startedBy` of its tasks.
        public internal(set) var deploymentID: String
        public internal(set) var deployedAt: WorldTime
        /// For a daemon: the number of ACTIVE container instances.
        public internal(set) var desiredCount: Int
        public internal(set) var minimumHealthyPercent: Int
        public internal(set) var maximumPercent: Int
        public let targetGroupARNs: [String]
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
        var waitsForRoom = false
        var isRetryDue = false
        var isSteady = false
        /// How many of its tasks are in service, kept as it changes (``World/serviceTruths``).
        var inServiceCount = 0
        var leastInService = 0

        public enum SchedulingStrategy: String, Hashable, Sendable {
            case replica = "REPLICA"
            case daemon = "DAEMON"
        }

        public enum Status: String, Hashable, Sendable {
            case active = "ACTIVE"
            case inactive = "INACTIVE"
        }

        public struct Event: Hashable, Sendable {
            public let id: String
            public let at: WorldTime
            public let message: String
        }
    }
}
