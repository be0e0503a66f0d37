import Testing

@testable import SimulatedWorld

@Suite("The service scheduler")
struct SchedulerTests {
    @Test("tasks are spread over the instances")
    func spread() throws {
        let world = try World.scene([.plain("worker", count: 4)])
        #expect(Set(try world.liveTasks(of: "worker").map(\.containerInstance)).count == 4)
    }

    @Test("draining with min 100 max 200 starts replacements before stopping")
    func startsFirst() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        let instance = world.members()[0]
        let leaver = try #require(try world.liveTasks(on: instance).first)
        try world.drain(instance)
        let stopped = world.advance { $0.taskTable[leaver.id]?.desiredStatus == .stopped }
        let replacement = try #require(try world.liveTasks(of: "worker").last)
        let ran = try #require(replacement.startedAt)
        #expect(try #require(stopped) >= ran + world.timings.plainTaskStable)
        #expect(world.serviceTruths[0].leastInService == 4)
    }

    @Test("draining with min 50 max 100 stops first and starts only when that has stopped")
    func stopsFirst() throws {
        var world = try World.scene([.plain("worker", count: 4, percent: (50, 100))])
        let instance = world.members()[0]
        let leaver = try #require(try world.liveTasks(on: instance).first)
        try world.drain(instance)
        _ = world.advance { (try? $0.liveTasks(on: instance).isEmpty) == true }
        world.advance(by: .seconds(30))
        let replacement = try #require(try world.liveTasks(of: "worker").last)
        #expect(replacement.createdAt >= (try #require(world.taskTable[leaver.id]?.stoppedAt)))
        #expect(world.serviceTruths[0].leastInService == 3)
    }

    @Test("min = max = 100 never moves a task")
    func neverMoves() throws {
        var world = try World.scene([.plain("worker", count: 4, percent: (100, 100))])
        let before = try world.liveTasks(of: "worker").map(\.arn)
        try world.drain(world.members()[0])
        world.advance(by: .seconds(1800))
        #expect(try world.liveTasks(of: "worker").map(\.arn) == before)
    }

    @Test("maximumPercent bounds how many replacements start at a time")
    func batches() throws {
        var world = try World.scene([.plain("worker", count: 8, percent: (100, 125))])
        for instance in world.members().prefix(2) { try world.drain(instance) }
        var most = 0
        _ = world.advance { world in
            let wanted = (try? world.liveTasks(of: "worker").count { $0.desiredStatus == .running }) ?? 0
            most = max(most, wanted)
            return world.members().prefix(2).allSatisfy { (try? world.liveTasks(on: $0).isEmpty) == true }
        }
        #expect(most == 10)
    }

    @Test("a replacement behind a load balancer counts only when its target is healthy")
    func waitsForTarget() throws {
        var world = try World.scene([.balanced("web", count: 4)])
        world.timings.replacementHealthDelay = .seconds(60)
        let instance = world.members()[0]
        let leaver = try #require(try world.liveTasks(on: instance).first)
        try world.drain(instance)
        let stopped = try #require(world.advance { $0.taskTable[leaver.id]?.desiredStatus == .stopped })
        #expect(stopped - .start > .seconds(60))
        #expect(world.targetGroups[0].targets.count { $0.state == .healthy } == 4)
    }

    @Test("a replacement with a container health check counts only when HEALTHY")
    func waitsForHealth() throws {
        var world = try World.scene([.checked("api", count: 4)])
        world.timings.replacementHealthDelay = .seconds(60)
        let instance = world.members()[0]
        try world.drain(instance)
        world.advance(by: .seconds(50))
        #expect(try world.liveTasks(on: instance).map(\.lastStatus) == [.running])
        #expect(try world.liveTasks(of: "api").last?.healthStatus == .unknown)
        world.advance(by: .seconds(30))
        #expect(try world.liveTasks(on: instance).isEmpty)
    }

    @Test("tasks that do not run yet are stopped at once")
    func pendingStopped() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        world.timings.replacementHealthDelay = .seconds(600)
        let before = Set(try world.liveTasks(of: "worker").map(\.id))
        try world.updateService("worker", cluster: World.cluster, desiredCount: 5)
        world.advance(by: .seconds(2))
        let pending = try #require(try world.liveTasks(of: "worker").first { !before.contains($0.id) })
        #expect(pending.lastStatus == .pending)
        try world.drain(world[world[pending.containerInstance].instance])
        world.advance(by: world.timings.schedulerDelay)
        #expect(world.taskTable[pending.id]?.desiredStatus == .stopped)
    }

    @Test("without room a service says so, and nothing is stopped")
    func noRoom() throws {
        var world = try World.scene([.plain("worker", count: 4, memory: 2000)])
        let instance = world.members()[0]
        try world.drain(instance)
        world.advance(by: .seconds(120))
        let event = try #require(try world.serviceNamed("worker").events.first?.message)
        #expect(event.hasPrefix("(service worker) was unable to place a task because no container instance met all"))
        #expect(event.contains("insufficient memory"))
        #expect(try world.liveTasks(on: instance).count == 1)
    }

    @Test("a service that had no room places its task when an instance comes")
    func roomComes() throws {
        var world = try World.scene([.plain("worker", count: 4, memory: 2000)])
        let instance = world.members()[0]
        try world.drain(instance)
        world.advance(by: .seconds(60))
        try world.setDesiredCapacity(5, ofGroup: World.group)
        world.advance(by: .seconds(60))
        #expect(try world.liveTasks(on: instance).isEmpty)
    }

    @Test("daemon tasks are stopped last")
    func daemonsLast() throws {
        var world = try World.scene([.plain("worker", count: 4), .daemon("agent")])
        let instance = world.members()[0]
        try world.drain(instance)
        _ = world.advance { (try? $0.liveTasks(on: instance).isEmpty) == true }
        let tasks = world.tasks(on: try world.host(of: instance))
        let daemon = try #require(tasks.first { world.isDaemon($0.id) })
        let others = tasks.filter { !world.isDaemon($0.id) }.compactMap(\.stoppedAt)
        #expect(try #require(daemon.stoppingAt) >= (try #require(others.max())))
    }

    @Test("a daemon starts on a new instance")
    func daemonOnNewInstance() throws {
        var world = try World.scene([.daemon("agent")])
        try world.setDesiredCapacity(5, ofGroup: World.group)
        world.advance(by: .seconds(60))
        #expect(try world.liveTasks(of: "agent").count == 5)
    }

    @Test("DRAINING does nothing to standalone tasks")
    func standalone() throws {
        var world = try World.scene()
        world.registerTaskDefinition(.init(family: "batch", resources: .init(cpu: 128, memory: 128)))
        let task = try #require(try world.runTask(taskDefinition: "batch", cluster: World.cluster).first)
        try world.drain(world[world[task.containerInstance].instance])
        world.advance(by: .seconds(600))
        #expect(world.taskTable[task.id]?.lastStatus == .running)
    }

    @Test("an instance made ACTIVE again keeps its tasks, and what was started too many is stopped")
    func reactivated() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        let instance = world.members()[0]
        let before = try world.liveTasks(of: "worker").map(\.id)
        try world.drain(instance)
        world.advance(by: .seconds(3))
        _ = try world.updateContainerInstancesState(
            [world.host(of: instance).arn], cluster: World.cluster, status: .active)
        world.advance(by: .seconds(30))
        #expect(try world.liveTasks(of: "worker").map(\.id) == before)
    }

    @Test("the eleventh container instance in one call is one too many")
    func batchLimit() throws {
        var world = try World.scene()
        #expect(throws: World.Failure.self) {
            try world.updateContainerInstancesState(
                Array(repeating: "a", count: 11), cluster: World.cluster, status: .draining)
        }
    }

    @Test("an unknown container instance is a failure in a good answer")
    func unknownInstance() throws {
        var world = try World.scene()
        let (changed, failures) = try world.updateContainerInstancesState(
            [world.host(of: world.members()[0]).arn, "nobody"], cluster: World.cluster, status: .draining)
        #expect(changed.map(\.status) == [.draining])
        #expect(failures == [.init(arn: "nobody", reason: "MISSING", detail: nil)])
    }

    @Test("another task definition replaces every task within the same percentages")
    func deployment() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        let next = world.registerTaskDefinition(.init(family: "worker", resources: .init(cpu: 128, memory: 256)))
        try world.updateService("worker", cluster: World.cluster, taskDefinition: next.arn)
        world.advance(by: .seconds(60))
        #expect(try world.liveTasks(of: "worker").map(\.taskDefinitionARN) == Array(repeating: next.arn, count: 4))
        #expect(world.serviceTruths[0].leastInService == 4)
    }
}
