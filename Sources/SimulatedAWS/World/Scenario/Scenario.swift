extension World {
    /// What an account holds at the beginning.
    public struct Scenario: Hashable, Sendable {
        public var account = Account()
        public var timings = Timings()
        public var seed: UInt64 = 1
        public var cluster = "demo"
        public var autoScalingGroup = "demo-asg"
        public var instances = 7
        public var minSize = 0
        public var maxSize = 100
        public var instanceResources = Resources(cpu: 2048, memory: 4096)
        public var services: [ServicePlan] = []
        /// Takes effect once the world has settled.
        public var replacementHealthDelay: Duration = .zero

        public init() {}

        /// A service and what belongs to it.
        public struct ServicePlan: Hashable, Sendable {
            public var definition: TaskDefinition
            public var schedulingStrategy = Service.SchedulingStrategy.replica
            public var desiredCount = 1
            public var minimumHealthyPercent = 100
            public var maximumPercent = 200
            /// With one, it stands behind a load balancer.
            public var targetGroup: TargetGroup?

            public init(definition: TaskDefinition, desiredCount: Int = 1) {
                self.definition = definition
                self.desiredCount = desiredCount
            }

            public var name: String { definition.family }
        }

        /// Cluster `demo`, group `demo-asg`, `web` behind a target group, `api` with a container health check,
        /// `worker` plain (in this order, repeated with numbers if more are asked for), and if asked for the daemon
        /// `agent`; short timings, so that a drain takes about 20 s.
        public static func demo(instances: Int = 7, services: Int = 3, withDaemon: Bool = true) -> Self { fatalError() }
    }

    /// The scenario's account, settled: every instance registered, every service steady, at `now`.
    public init(_ scenario: Scenario, startingAt now: WorldTime) { fatalError() }
}
