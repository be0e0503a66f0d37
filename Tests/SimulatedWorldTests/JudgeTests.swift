import Testing

@testable import SimulatedWorld

@Suite("The judge of drains")
struct JudgeTests {
    private func waiting(
        _ services: [World.Scenario.ServicePlan]
    ) throws -> (World, World.LifecycleAction, World.Instance) {
        var world = try World.scene(services)
        let action = try world.instanceWaiting(heartbeat: .seconds(600))
        return (world, action, world[action.instance])
    }

    /// A world with a standalone task on an instance that waits for its hook.
    private func standaloneWaiting() throws -> (World, World.LifecycleAction, World.Instance) {
        var (world, _, _) = try waiting([])
        world.registerTaskDefinition(.init(family: "batch", resources: .init(cpu: 128, memory: 128)))
        let task = try #require(try world.runTask(taskDefinition: "batch", cluster: World.cluster).first)
        let action = try world.terminating(world[world[task.containerInstance].instance])
        return (world, action, world[action.instance])
    }

    @Test("a service whose task lands on the instance after the hook began is answered for as well")
    func lateService() throws {
        var (world, _, instance) = try waiting([])
        let definition = world.registerTaskDefinition(.init(family: "late", resources: .init(cpu: 128, memory: 128)))
        try world.createService(named: "late", cluster: World.cluster, taskDefinition: definition.arn, desiredCount: 4)
        world.advance(by: .seconds(30))
        try world.drain(instance)
        world.advance(by: .milliseconds(600))
        let unmet = try #require(world.unmetConditions(ofInstance: instance.instanceID))
        #expect(unmet.services.map(\.subject) == ["late"])
    }

    @Test("standalone tasks stand against it only if the rules wait for them", arguments: [false, true])
    func standaloneRule(ignores: Bool) throws {
        var (world, action, _) = try standaloneWaiting()
        world.drainRules.ignoresStandaloneTasks = ignores
        try world.complete(action)
        #expect(world.violations.isEmpty == ignores)
    }

    @Test("a daemon task that ECS never stops is waited for as long as its grace, and then no longer")
    func daemonGrace() throws {
        var (world, _, instance) = try waiting([.daemon("agent")])
        // Nobody drains it, so its daemon task stays.
        world.advance(by: .milliseconds(119_999))
        #expect(world.instanceTruths[0].drainedAt == nil)
        world.advance(by: .milliseconds(1))
        #expect(world.instanceTruths[0].drainedAt == world.now)
        #expect(try world.liveTasks(on: instance).count == 1)
    }

    @Test("the grace counts from the others' end, also when ECS has forgotten them")
    func graceOutlivesTheOthers() throws {
        var (world, _, instance) = try waiting([.plain("worker", count: 4), .daemon("agent")])
        world.timings.stoppedTaskRetention = .seconds(10)
        try world.updateService("worker", cluster: World.cluster, desiredCount: 0)
        _ = world.advance { $0.endings[0].onlyDaemonsSince != nil }
        let stopped = try #require(world.endings[0].onlyDaemonsSince)
        world.advance(by: .seconds(130))
        #expect(world.tasks(on: try world.host(of: instance)).count == 1)
        #expect(world.instanceTruths[0].drainedAt == stopped + .seconds(120))
    }

    @Test("another grace holds from the moment it is set")
    func changedGrace() throws {
        var (world, _, _) = try waiting([.daemon("agent")])
        world.advance(by: .seconds(30))
        world.drainRules.daemonGrace = .seconds(40)
        world.advance(by: .seconds(60))
        #expect(world.instanceTruths[0].drainedAt == world.instanceTruths[0].actionStartedAt + .seconds(40))
    }

    @Test("the truth follows an operation at once, before time goes on")
    func operationsCount() throws {
        var (world, _, _) = try waiting([.plain("worker", count: 4)])
        try world.updateService("worker", cluster: World.cluster, desiredCount: 3)
        #expect(world.servicesLastHeldAt(ofInstance: world.instanceTruths[0].instanceID) == world.now)
    }

    @Test("what services lack is remembered with the last moment at which they had it")
    func lastHeld() throws {
        var (world, action, instance) = try waiting([.plain("worker", count: 4)])
        try world.drain(instance)
        _ = world.advance { $0.instanceTruths[0].drainedAt != nil }
        #expect(world.servicesLastHeldAt(ofInstance: action.instanceID) == world.now)
        try world.terminateInstance(instanceID: world.members()[1].instanceID)
        world.advance(by: world.timings.hostDeathNoticed)
        let until = world.now
        world.advance(by: .milliseconds(200))
        #expect(world.servicesLastHeldAt(ofInstance: action.instanceID) == until)
    }

    @Test("a process that has died elsewhere, unheard of by AWS, is no violation")
    func unheardDeath() throws {
        var (world, action, instance) = try waiting([.plain("worker", count: 4)])
        try world.drain(instance)
        _ = world.advance { $0.instanceTruths[0].drainedAt != nil }
        try world.terminateInstance(instanceID: world.members()[1].instanceID)
        try world.complete(action)
        #expect(world.serviceTruths[0].inService < 4)
        #expect(world.violations.isEmpty)
    }

    @Test("an instance that never waited has no conditions")
    func noEnding() throws {
        let world = try World.scene()
        #expect(world.unmetConditions(ofInstance: world.members()[0].instanceID) == nil)
    }
}
