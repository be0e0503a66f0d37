import Testing

@testable import SimulatedWorld

@Suite("Warm pools")
struct WarmPoolTests {
    /// A world whose first instance waits for its terminate hook on its way to the pool.
    private func returning(
        _ services: [World.Scenario.ServicePlan] = []
    ) throws -> (World, World.LifecycleAction) {
        var world = try World.scene(services)
        try world.putLifecycleHook(.init(name: World.hook, group: World.group))
        try world.setWarmPool(.init(), ofGroup: World.group)
        try world.setDesiredCapacity(3, ofGroup: World.group)
        return (world, try #require(world.lifecycleActions.first))
    }

    @Test("a scale-in sends an instance to the pool, waiting with Destination WarmPool")
    func destination() throws {
        let (world, action) = try returning()
        #expect(action.origin == .autoScalingGroup && action.destination == .warmPool)
        #expect(world.state(of: action) == .warmedPendingWait)
        #expect(world.members().count == 3)
        #expect(world.warmPoolMembers(ofGroup: World.group).map(\.id) == [action.instance])
    }

    @Test("after completion it is stopped and stays in ECS's books")
    func pooled() throws {
        var (world, action) = try returning()
        try world.complete(action)
        world.advance(by: .seconds(30))
        #expect(world.state(of: action) == .warmedStopped)
        #expect(world[action.instance].ec2State == .stopped)
        #expect(try world.host(of: world[action.instance]).status == .active)
    }

    @Test("a scale-out takes it back as the container instance that it was")
    func backInService() throws {
        var (world, action) = try returning()
        let before = world[action.instance].containerInstances
        try world.complete(action)
        world.advance(by: .seconds(30))
        try world.setDesiredCapacity(4, ofGroup: World.group)
        world.advance(by: .seconds(30))
        #expect(world.state(of: action) == .inService)
        #expect(world[action.instance].containerInstances == before)
        #expect(try world.host(of: world[action.instance]).agentConnected)
        #expect(world.members().count == 4)
    }

    @Test("terminating it later is another action with a token of its own")
    func secondEnd() throws {
        var (world, action) = try returning()
        try world.complete(action)
        world.advance(by: .seconds(30))
        try world.setDesiredCapacity(4, ofGroup: World.group)
        world.advance(by: .seconds(30))
        let second = try world.terminating(world[action.instance])
        #expect(second.token != action.token)
        #expect(second.destination == .ec2)
        #expect(world.instanceTruths.count == 2)
    }

    @Test("sending it to the pool undrained is a violation")
    func judged() throws {
        var (world, action) = try returning([.plain("worker", count: 4)])
        try world.complete(action)
        #expect(world.violations.map(\.kind) == [.taskNotStopped, .serviceBelowDesired])
    }

    @Test("an instance terminated in the pool never comes back")
    func terminatedInPool() throws {
        var (world, action) = try returning()
        try world.complete(action)
        world.advance(by: .seconds(30))
        try world.terminateInstance(instanceID: action.instanceID)
        try world.setDesiredCapacity(4, ofGroup: World.group)
        world.advance(by: .seconds(120))
        #expect(!world[action.instance].isAlive)
        #expect(world.members().count == 4)
    }

    @Test("the notification names the pool")
    func notification() throws {
        var world = try World.scene()
        let topic = world.createTopic(named: "hooks")
        let subscription = try world.subscribe(endpoint: "https://draind.example/sns", toTopic: topic)
        try world.confirmSubscription(topicARN: topic, token: subscription.token)
        try world.putLifecycleHook(.init(name: World.hook, group: World.group, notificationTargetARN: topic))
        try world.setWarmPool(.init(), ofGroup: World.group)
        try world.setDesiredCapacity(3, ofGroup: World.group)
        let message = try #require(world.dueDeliveries().last?.message)
        #expect(message.contains("\"Destination\":\"WarmPool\""))
    }
}
