import Testing

@testable import SimulatedWorld

@Suite("Tasks that end or fail by themselves")
struct TaskEndTests {
    @Test("a job ends with exit code 0 when its work is done")
    func job() throws {
        var world = try World.scene()
        var definition = World.TaskDefinition(family: "batch", resources: .init(cpu: 128, memory: 128))
        definition.runDuration = .seconds(40)
        world.registerTaskDefinition(definition)
        let task = try #require(try world.runTask(taskDefinition: "batch", cluster: World.cluster).first)
        world.advance(by: .seconds(60))
        let ended = try #require(world[task.id])
        #expect(ended.lastStatus == .stopped)
        #expect(ended.exitCode == 0)
        #expect(ended.stopCode == "EssentialContainerExited")
    }

    @Test("a task that crashes is replaced, again and again")
    func crashLoop() throws {
        var plan = World.Scenario.ServicePlan.plain("worker", count: 1)
        plan.definition.crashesAfter = .seconds(5)
        var world = try World.scene([plan])
        world.advance(by: .seconds(60))
        #expect(try world.tasks(of: world.serviceNamed("worker")).count { $0.createdAt > .start } >= 4)
    }

    @Test("a task whose container fails its health check turns UNHEALTHY and is replaced")
    func unhealthyContainer() throws {
        var plan = World.Scenario.ServicePlan.checked("api", count: 1)
        plan.definition.neverHealthy = true
        let world = try World.scene([plan])
        let failed = try #require(try world.tasks(of: world.serviceNamed("api")).first { $0.lastStatus == .stopped })
        #expect(failed.healthStatus == .unhealthy)
        #expect(failed.stoppedReason == "Task failed container health checks")
        #expect(world.serviceTruths[0].inService == 0)
    }

    @Test("a task whose target fails its health check is replaced")
    func unhealthyTarget() throws {
        var plan = World.Scenario.ServicePlan.balanced("web", count: 1)
        plan.definition.neverHealthy = true
        let world = try World.scene([plan])
        let failed = try #require(try world.tasks(of: world.serviceNamed("web")).first { $0.lastStatus == .stopped })
        #expect(failed.stoppedReason == "Task failed ELB health checks")
    }

    @Test("a draining instance keeps the tasks of a service whose replacements never turn healthy")
    func brokenReplacements() throws {
        var world = try World.scene([.checked("api", count: 4)])
        let instance = world.members()[0]
        let before = try world.liveTasks(on: instance).map(\.id)
        var definition = try world.taskDefinition("api")
        definition.neverHealthy = true
        try world.updateService(
            "api", cluster: World.cluster, taskDefinition: world.registerTaskDefinition(definition).arn)
        try world.drain(instance)
        world.advance(by: .seconds(300))
        #expect(try world.liveTasks(on: instance).map(\.id) == before)
        #expect(world.serviceTruths[0].leastInService == 4)
    }
}
