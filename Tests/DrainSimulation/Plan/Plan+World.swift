import DrainEngine
import DrainModel
import SimulatedWorld

extension Plan {
    /// When every run begins: a round number.
    static let start = WorldTime(milliseconds: 1_750_000_000_000)
    private static let settlingTime = Duration.seconds(400)

    /// The topic that draind listens to.
    static let topic = "draind-hooks"

    /// The account as it is when draind starts: settled, if it ever will be.
    func makeWorld() throws(World.Failure) -> World {
        var world = World(timings: timings, seed: seed, startingAt: Self.start - Self.settlingTime)
        world.createTopic(named: Self.topic)
        for cluster in clusters {
            world.createCluster(named: cluster.name)
            try world.createAutoScalingGroup(
                named: cluster.group, minSize: 0, maxSize: 1000, desiredCapacity: cluster.instances,
                cluster: cluster.name, resources: cluster.resources, capacityProvider: cluster.capacityProvider)
            try world.updateAutoScalingGroup(
                named: cluster.group, terminateHookAbandon: cluster.retainsAbandoned ? .retain : .terminate)
            try world.setWarmPool(cluster.warmPool, ofGroup: cluster.group)
            for hook in cluster.hooks { try put(hook, of: cluster, in: &world) }
            if cluster.hasManagedDraining { try world.enableManagedDraining(ofGroup: cluster.group) }
            for balancer in cluster.classicLoadBalancers { try world.createLoadBalancer(balancer) }
        }
        // Services come when the instances are there, or the first instance would get all the tasks.
        world.advance(to: world.now + timings.boot + timings.registration)
        for cluster in clusters {
            for service in cluster.services { try create(service, in: cluster, of: &world) }
            if cluster.standaloneTasks > 0 { try runTasks(cluster.standaloneTasks, in: cluster, of: &world) }
        }
        world.advance(to: Self.start)
        world.drainRules.ignoresStandaloneTasks = policy.drain.standaloneTasks == .ignore
        world.drainRules.daemonGrace = policy.drain.daemonGrace
        return world
    }

    private func put(_ plan: HookPlan, of cluster: ClusterPlan, in world: inout World) throws(World.Failure) {
        try world.putLifecycleHook(
            World.LifecycleHook(
                name: plan.name, group: cluster.group, heartbeatTimeout: plan.heartbeatTimeout,
                defaultResult: plan.isOurs ? .abandon : .continue,
                notificationTargetARN: plan.isOurs ? world.createTopic(named: Self.topic) : nil,
                notificationMetadata: plan.namesCluster ? "cluster=\(cluster.name)" : nil))
    }

    private func create(
        _ plan: World.Scenario.ServicePlan, in cluster: ClusterPlan, of world: inout World
    ) throws(World.Failure) {
        var targetGroups: [String] = []
        for targetGroup in plan.targetGroups { targetGroups.append(try world.createTargetGroup(targetGroup).arn) }
        try world.createService(
            named: plan.name, cluster: cluster.name, taskDefinition: world.registerTaskDefinition(plan.definition).arn,
            schedulingStrategy: plan.schedulingStrategy, desiredCount: plan.desiredCount,
            minimumHealthyPercent: plan.minimumHealthyPercent, maximumPercent: plan.maximumPercent,
            circuitBreaker: plan.circuitBreaker, rebalancesZones: plan.rebalancesZones,
            deploymentController: plan.deploymentController, isOnDistinctInstances: plan.isOnDistinctInstances,
            targetGroupARNs: targetGroups, loadBalancerNames: plan.loadBalancerNames)
    }

    func runTasks(_ count: Int, in cluster: ClusterPlan, of world: inout World) throws(World.Failure) {
        if (try? world.taskDefinition("job")) == nil {
            world.registerTaskDefinition(World.TaskDefinition(family: "job", resources: Self.taskResources))
        }
        _ = try world.runTask(taskDefinition: "job", cluster: cluster.name, count: count)
    }

    static let taskResources = World.Resources(cpu: 256, memory: 512)
}
