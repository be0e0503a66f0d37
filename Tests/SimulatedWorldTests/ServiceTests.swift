import Testing

@testable import SimulatedWorld

@Suite("Services")
struct ServiceTests {
    @Test("a deleted service is DRAINING until its tasks have STOPPED, then INACTIVE")
    func deleted() throws {
        var world = try World.scene([.balanced("web", count: 2)])
        try world.deleteService("web", cluster: World.cluster)
        world.advance(by: .seconds(5))
        #expect(try world.serviceNamed("web").status == .draining)
        world.advance(by: .seconds(10))
        #expect(try world.serviceNamed("web").status == .inactive)
    }

    @Test("without force a service that desires tasks is not deleted")
    func deletedWithoutForce() throws {
        var world = try World.scene([.plain("worker", count: 2)])
        #expect(throws: World.Failure.self) { try world.deleteService("worker", cluster: World.cluster, force: false) }
    }

    @Test("scaled out, a service starts what it lacks; scaled in, the newest go")
    func scaled() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        let before = try world.liveTasks(of: "worker").map(\.id)
        try world.updateService("worker", cluster: World.cluster, desiredCount: 7)
        world.advance(by: .seconds(30))
        #expect(try world.liveTasks(of: "worker").count == 7)
        try world.updateService("worker", cluster: World.cluster, desiredCount: 4)
        world.advance(by: .seconds(30))
        #expect(try world.liveTasks(of: "worker").map(\.id) == before)
    }

    @Test("a task is in service when it is healthy in each of its service's target groups")
    func severalTargetGroups() throws {
        var plan = World.Scenario.ServicePlan.balanced("web", count: 2)
        plan.targetGroups.append(World.TargetGroup(name: "slow", healthCheckInterval: .seconds(20)))
        var world = try World.scene([plan])
        #expect(world.targetGroups.map(\.targets.count) == [2, 2])
        try world.updateService("web", cluster: World.cluster, desiredCount: 3)
        _ = world.advance { world in world.targetGroups[0].targets.count { $0.state == .healthy } == 3 }
        #expect(world.serviceTruths[0].inService == 2)
        world.advance(by: .seconds(20))
        #expect(world.serviceTruths[0].inService == 3)
    }

    @Test("on distinct instances there are never two of its tasks on one")
    func distinctInstances() throws {
        var plan = World.Scenario.ServicePlan.plain("worker", count: 6)
        plan.isOnDistinctInstances = true
        let world = try World.scene([plan])
        #expect(Set(try world.liveTasks(of: "worker").map(\.containerInstance)).count == 4)
        #expect(try world.liveTasks(of: "worker").count == 4)
    }

    @Test("with a deployment controller of somebody else, draining goes by the default percentages")
    func codeDeploy() throws {
        var plan = World.Scenario.ServicePlan.plain("worker", count: 4, percent: (100, 100))
        plan.deploymentController = .codeDeploy
        var world = try World.scene([plan])
        let instance = world.members()[0]
        try world.drain(instance)
        world.advance(by: .seconds(60))
        #expect(try world.liveTasks(on: instance).isEmpty)
        #expect(world.rolloutState(of: try world.serviceNamed("worker")) == nil)
    }

    // MARK: Static host ports

    private func staticPort(_ count: Int) -> World.Scenario.ServicePlan {
        var plan = World.Scenario.ServicePlan.balanced("web", count: count)
        plan.definition.hostPort = 80
        return plan
    }

    @Test("a static host port allows one task an instance, though there is room for more")
    func onePerInstance() throws {
        let world = try World.scene([staticPort(6)])
        #expect(try world.liveTasks(of: "web").count == 4)
        #expect(try world.liveTasks(of: "web").allSatisfy { $0.hostPort == 80 })
        let event = try #require(try world.serviceNamed("web").events.first?.message)
        #expect(event.contains("is already using a port required by your task"))
    }

    @Test("a drain with static ports on every instance waits for a new instance")
    func needsInstance() throws {
        var world = try World.scene([staticPort(4)])
        let instance = world.members()[0]
        try world.drain(instance)
        world.advance(by: .seconds(120))
        #expect(try world.liveTasks(on: instance).count == 1)
        try world.setDesiredCapacity(5, ofGroup: World.group)
        world.advance(by: .seconds(60))
        #expect(try world.liveTasks(on: instance).isEmpty)
    }

    // MARK: Availability Zones

    /// Four instances in three zones, with all tasks of a service in two zones.
    private func unbalanced(rebalances: Bool) throws -> (World, emptyZone: String) {
        var plan = World.Scenario.ServicePlan.plain("worker", count: 4)
        plan.rebalancesZones = rebalances
        var world = try World.scene([plan])
        let away = world.members()[1]
        try world.drain(away)
        world.advance(by: .seconds(60))
        _ = try world.updateContainerInstancesState([world.host(of: away).arn], cluster: World.cluster, status: .active)
        return (world, away.availabilityZone)
    }

    private func count(of world: World, in zone: String) throws -> Int {
        try world.liveTasks(of: "worker").count { world[$0.containerInstance].availabilityZone == zone }
    }

    @Test("a service that rebalances moves a task into a zone that has two less than another")
    func rebalanced() throws {
        var (world, zone) = try unbalanced(rebalances: true)
        world.advance(by: .seconds(60))
        #expect(try count(of: world, in: zone) == 1)
        #expect(try world.liveTasks(of: "worker").count == 4)
        #expect(world.serviceTruths[0].leastInService == 4)
    }

    @Test("a service that does not rebalance leaves its tasks where they are")
    func notRebalanced() throws {
        var (world, zone) = try unbalanced(rebalances: false)
        world.advance(by: .seconds(60))
        #expect(try count(of: world, in: zone) == 0)
    }
}

@Suite("Classic load balancers")
struct ClassicLoadBalancerTests {
    private func scene() throws -> World {
        var plan = World.Scenario.ServicePlan.plain("shop", count: 3)
        plan.definition.containerPort = 8080
        plan.definition.hostPort = 80
        plan.loadBalancerNames = ["shop"]
        var scenario = World.Scenario()
        scenario.timings = .demo
        scenario.instances = 4
        scenario.services = [plan]
        scenario.loadBalancers = [
            World.ClassicLoadBalancer(
                name: "shop", instancePort: 80, connectionDraining: .seconds(6), healthCheckInterval: .seconds(2))
        ]
        return try World(scenario, startingAt: .start)
    }

    @Test("the instances of a service's tasks are InService")
    func inService() throws {
        let world = try scene()
        let health = try world.describeInstanceHealth(loadBalancer: "shop")
        #expect(health.map(\.state) == [.inService, .inService, .inService])
        let registered = Set(health.map(\.instanceID))
        #expect(registered == Set(try world.liveTasks(of: "shop").map { world[$0.containerInstance].ec2InstanceID }))
    }

    @Test("an instance that is not registered is OutOfService, and says so")
    func notRegistered() throws {
        let world = try scene()
        let registered = Set(try world.describeInstanceHealth(loadBalancer: "shop").map(\.instanceID))
        let other = try #require(world.members().map(\.instanceID).first { !registered.contains($0) })
        let health = try world.describeInstanceHealth(loadBalancer: "shop", instanceIDs: [other])
        #expect(health.map(\.state) == [.outOfService])
        #expect(health.map(\.description) == ["Instance is not currently registered with the LoadBalancer."])
    }

    @Test("while its connections drain, an instance stays InService, and only the description tells")
    func draining() throws {
        var world = try scene()
        let instance = try world.instanceRunning("shop")
        try world.drain(instance)
        _ = world.advance { (try? $0.liveTasks(on: instance).first?.lastStatus) == .deactivating }
        let health = try world.describeInstanceHealth(loadBalancer: "shop", instanceIDs: [instance.instanceID])
        #expect(health.map(\.state) == [.inService])
        #expect(health.map(\.description) == ["Instance deregistration currently in progress."])
    }

    @Test("completing while it drains is a violation")
    func judged() throws {
        var world = try scene()
        try world.putLifecycleHook(.init(name: World.hook, group: World.group))
        let instance = try world.instanceRunning("shop")
        let action = try world.terminating(instance)
        try world.drain(instance)
        _ = world.advance { (try? $0.liveTasks(on: instance).first?.lastStatus) == .deactivating }
        try world.complete(action)
        #expect(world.violations.map(\.kind) == [.taskNotStopped, .targetStillDraining])
    }

    @Test("it is no target group, and its service tells no rolloutState")
    func apart() throws {
        let world = try scene()
        #expect(world.targetGroups.isEmpty)
        #expect(world.loadBalancers.map(\.name) == ["shop"])
        #expect(world.rolloutState(of: try world.serviceNamed("shop")) == nil)
    }
}
