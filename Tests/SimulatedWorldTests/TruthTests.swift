import Testing

@testable import SimulatedWorld

@Suite("The truth about a drain")
struct TruthTests {
    private func waiting(
        _ services: [World.Scenario.ServicePlan]
    ) throws -> (World, World.LifecycleAction, World.Instance) {
        var world = try World.scene(services)
        let action = try world.instanceWaiting(heartbeat: .seconds(600))
        return (world, action, world[action.instance])
    }

    @Test("completing once everything has moved violates nothing")
    func drained() throws {
        var (world, action, instance) = try waiting([
            .balanced("web", count: 4), .checked("api", count: 4), .daemon("agent"),
        ])
        try world.drain(instance)
        _ = world.advance { (try? $0.liveTasks(on: instance).isEmpty) == true }
        try world.complete(action)
        #expect(world.violations.isEmpty)
    }

    @Test("completing at once is a violation for every task on the instance")
    func tooEarly() throws {
        var (world, action, _) = try waiting([.plain("worker", count: 4)])
        try world.complete(action)
        #expect(world.violations.map(\.kind) == [.taskNotStopped, .serviceBelowDesired])
    }

    @Test("completing when the machine was stopped violates nothing but what its services lack")
    func stoppedMachine() throws {
        var (world, action, instance) = try waiting([.plain("worker", count: 4)])
        try world.stopInstance(instanceID: instance.instanceID)
        try world.complete(action)
        #expect(world.violations.map(\.kind) == [.serviceBelowDesired])
    }

    @Test("completing while the task is still draining its target is a violation, though the counts are zero")
    func misledByCounts() throws {
        var (world, action, instance) = try waiting([.balanced("web", count: 4)])
        try world.drain(instance)
        _ = world.advance { world in
            (try? world.taskCounts(on: world.host(of: instance))).map { $0.running + $0.pending == 0 } == true
        }
        try world.complete(action)
        #expect(world.violations.map(\.kind) == [.taskNotStopped, .targetStillDraining])
    }

    @Test("completing with the replacements still missing is a violation")
    func replacementsMissing() throws {
        var (world, action, instance) = try waiting([.plain("worker", count: 4, percent: (0, 100))])
        world.timings.replacementHealthDelay = .seconds(60)
        try world.drain(instance)
        _ = world.advance { (try? $0.liveTasks(on: instance).isEmpty) == true }
        try world.complete(action)
        #expect(world.violations.map(\.kind) == [.serviceBelowDesired])
    }

    @Test("a standalone task left running is told apart")
    func standalone() throws {
        var (world, _, _) = try waiting([])
        world.registerTaskDefinition(.init(family: "batch", resources: .init(cpu: 128, memory: 128)))
        let task = try #require(try world.runTask(taskDefinition: "batch", cluster: World.cluster).first)
        let action = try world.terminating(world[world[task.containerInstance].instance])
        try world.complete(action)
        #expect(world.violations.map(\.kind) == [.standaloneTaskNotStopped])
    }

    @Test("a timeout or ABANDON is no violation: nobody claimed that it was drained")
    func timeoutIsNone() throws {
        var (world, action, _) = try waiting([.plain("worker", count: 4)])
        try world.complete(action, .abandon)
        #expect(world.violations.isEmpty)
    }

    @Test("the last replacement's health is noted, and lies before a right completion")
    func lastReplacement() throws {
        var (world, action, instance) = try waiting([.checked("api", count: 4)])
        world.timings.replacementHealthDelay = .seconds(60)
        try world.drain(instance)
        _ = world.advance { (try? $0.liveTasks(on: instance).isEmpty) == true }
        try world.complete(action)
        let truth = world.instanceTruths[0]
        let healthy = try #require(truth.lastReplacementHealthyAt)
        #expect(healthy - truth.actionStartedAt > .seconds(60))
        #expect(healthy < (try #require(truth.actionCompletedAt)))
    }

    @Test("the least in service is counted from the mark")
    func mark() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        try world.terminateInstance(instanceID: world.members()[0].instanceID)
        world.advance(by: .seconds(60))
        #expect(world.serviceTruths[0].leastInService == 3)
        world.markTruth()
        #expect(world.serviceTruths[0].leastInService == 4)
    }

    @Test("calls are counted, and those about lifecycle actions kept with their moments")
    func calls() throws {
        var world = World(seed: 1, startingAt: .start)
        world.recordCall(service: "ecs", operation: "DescribeTasks")
        world.recordCall(service: "ecs", operation: "DescribeTasks")
        world.advance(by: .seconds(5))
        world.recordCall(service: "autoscaling", operation: "CompleteLifecycleAction")
        #expect(world.apiCalls == ["ecs:DescribeTasks": 2, "autoscaling:CompleteLifecycleAction": 1])
        #expect(world.lifecycleCalls.map(\.at) == [.start + .seconds(5)])
    }
}
