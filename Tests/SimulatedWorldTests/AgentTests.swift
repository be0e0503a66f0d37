import Testing

@testable import SimulatedWorld

@Suite("The ECS agent")
struct AgentTests {
    /// A world whose first instance's agent is disconnected, and that instance's task.
    private func disconnected(
        _ plan: World.Scenario.ServicePlan
    ) throws -> (World, instance: World.Instance, task: World.Task) {
        var world = try World.scene([plan])
        let instance = world.members()[0]
        try world.disconnectAgent(ofInstance: instance.instanceID)
        return (world, instance, try #require(try world.liveTasks(on: instance).first))
    }

    @Test("a task asked to stop is RUNNING until the agent acts on it")
    func agentDelay() throws {
        var world = try World.scene([.plain("worker", count: 1)])
        let task = try #require(try world.liveTasks(of: "worker").first)
        let answer = try world.stopTask(task.arn, cluster: World.cluster)
        #expect(answer.desiredStatus == .stopped)
        #expect(answer.lastStatus == .running)
        world.advance(by: world.timings.agentDelay)
        #expect(world[task.id]?.lastStatus == .deactivating)
    }

    @Test("a disconnected agent never stops its task")
    func neverStops() throws {
        var (world, instance, task) = try disconnected(.plain("worker", count: 4))
        try world.drain(instance)
        world.advance(by: .seconds(1800))
        #expect(world[task.id]?.desiredStatus == .stopped)
        #expect(world[task.id]?.lastStatus == .running)
        #expect(world[task.id]?.isProcessAlive == true)
    }

    @Test("once it is back it does what it was asked for")
    func stopsLater() throws {
        var (world, instance, task) = try disconnected(.plain("worker", count: 4))
        try world.drain(instance)
        world.advance(by: .seconds(600))
        try world.connectAgent(ofInstance: instance.instanceID)
        world.advance(by: .seconds(10))
        #expect(world[task.id]?.lastStatus == .stopped)
    }

    @Test("ECS does not hear of a container that ends meanwhile")
    func unheardExit() throws {
        var plan = World.Scenario.ServicePlan.plain("worker", count: 4)
        plan.definition.runDuration = .seconds(3700)
        var (world, instance, task) = try disconnected(plan)
        world.advance(by: .seconds(300))
        #expect(world[task.id]?.isProcessAlive == false)
        #expect(world[task.id]?.lastStatus == .running)
        try world.connectAgent(ofInstance: instance.instanceID)
        world.advance(by: .seconds(10))
        #expect(world[task.id]?.lastStatus == .stopped)
    }

    @Test("a container's health is reported once the agent is back")
    func lateHealth() throws {
        var world = try World.scene([.checked("api", count: 3)])
        world.timings.replacementHealthDelay = .seconds(20)
        try world.updateService("api", cluster: World.cluster, desiredCount: 4)
        _ = world.advance { world in
            let tasks = (try? world.liveTasks(of: "api")) ?? []
            return tasks.count == 4 && tasks.allSatisfy { $0.lastStatus == .running }
        }
        let task = try #require(try world.liveTasks(of: "api").last)
        let instanceID = world[task.containerInstance].ec2InstanceID
        try world.disconnectAgent(ofInstance: instanceID)
        world.advance(by: .seconds(60))
        #expect(world[task.id]?.healthStatus == .unknown)
        try world.connectAgent(ofInstance: instanceID)
        world.advance(by: world.timings.agentDelay)
        #expect(world[task.id]?.healthStatus == .healthy)
    }

    @Test("nothing is placed on an instance whose agent is disconnected")
    func noPlacement() throws {
        var (world, instance, _) = try disconnected(.plain("worker", count: 4))
        try world.updateService("worker", cluster: World.cluster, desiredCount: 8)
        world.advance(by: .seconds(30))
        #expect(try world.liveTasks(on: instance).count == 1)
        #expect(try world.liveTasks(of: "worker").count == 8)
    }

    @Test("an instance without an agent is refused")
    func unknownInstance() throws {
        var world = try World.scene()
        #expect(throws: World.Failure.self) { try world.disconnectAgent(ofInstance: "i-nobody") }
    }
}
