extension World {
    /// What an account holds at the beginning: one cluster, one group, and services.
    public struct Scenario: Hashable, Sendable {
        public var account = Account()
        public var timings = Timings()
        public var seed: UInt64 = 1
        public var cluster = "demo"
        public var autoScalingGroup = "demo-asg"
        public var instances = 7
        public var capacityProvider: String?
        public var minSize = 0
        public var maxSize = 100
        public var instanceResources = Resources(cpu: 2048, memory: 4096)
        public var services: [ServicePlan] = []
        public var loadBalancers: [ClassicLoadBalancer] = []
        /// ``Timings/replacementHealthDelay`` once the world has settled.
        public var replacementHealthDelay: Duration = .zero

        public init() {}

        /// A service and what belongs to it.
        public struct ServicePlan: Hashable, Sendable {
            public var definition: TaskDefinition
            public var schedulingStrategy = Service.SchedulingStrategy.replica
            public var desiredCount = 1
            public var minimumHealthyPercent = 100
            public var maximumPercent = 200
            public var circuitBreaker: Service.CircuitBreaker?
            /// With any, it stands behind load balancers.
            public var targetGroups: [TargetGroup] = []
            /// Names of ``Scenario/loadBalancers``.
            public var loadBalancerNames: [String] = []
            public var rebalancesZones = false
            public var deploymentController = Service.DeploymentController.ecs
            public var isOnDistinctInstances = false

            public init(definition: TaskDefinition, desiredCount: Int = 1) {
                self.definition = definition
                self.desiredCount = desiredCount
            }

            /// The family of its task definition.
            public var name: String { definition.family }

            /// The first of ``targetGroups``.
            public var targetGroup: TargetGroup? {
                get { targetGroups.first }
                set { targetGroups = (newValue.map { [$0] } ?? []) + targetGroups.dropFirst() }
            }
        }
    }

    /// The scenario's account, settled, with its truth marked: at `now` every instance is registered and every service
    /// steady, if it ever will be.
    ///
    /// - Throws: what an operation refuses: sizes that contradict each other, two services of one name.
    public init(_ scenario: Scenario, startingAt now: WorldTime) throws(Failure) {
        self.init(
            account: scenario.account, timings: scenario.timings, seed: scenario.seed,
            startingAt: now - Self.settlingTime)
        createCluster(named: scenario.cluster)
        try createAutoScalingGroup(
            named: scenario.autoScalingGroup, minSize: scenario.minSize,
            maxSize: max(scenario.maxSize, scenario.instances), desiredCapacity: scenario.instances,
            cluster: scenario.cluster, resources: scenario.instanceResources,
            capacityProvider: scenario.capacityProvider)
        // Services come when the instances are there, or the first instance would get all the tasks.
        advance(to: self.now + timings.boot + timings.registration)
        for loadBalancer in scenario.loadBalancers { try createLoadBalancer(loadBalancer) }
        for plan in scenario.services { try create(plan, inCluster: scenario.cluster) }
        advance(to: now)
        timings.replacementHealthDelay = scenario.replacementHealthDelay
        markTruth()
    }

    private static let settlingTime = Duration.seconds(3600)

    private mutating func create(_ plan: Scenario.ServicePlan, inCluster cluster: String) throws(Failure) {
        var targetGroupARNs: [String] = []
        for targetGroup in plan.targetGroups { targetGroupARNs.append(try createTargetGroup(targetGroup).arn) }
        try createService(
            named: plan.name, cluster: cluster, taskDefinition: registerTaskDefinition(plan.definition).arn,
            schedulingStrategy: plan.schedulingStrategy, desiredCount: plan.desiredCount,
            minimumHealthyPercent: plan.minimumHealthyPercent, maximumPercent: plan.maximumPercent,
            circuitBreaker: plan.circuitBreaker, rebalancesZones: plan.rebalancesZones,
            deploymentController: plan.deploymentController, isOnDistinctInstances: plan.isOnDistinctInstances,
            targetGroupARNs: targetGroupARNs, loadBalancerNames: plan.loadBalancerNames)
    }
}
