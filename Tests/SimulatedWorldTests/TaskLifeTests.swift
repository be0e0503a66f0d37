import Testing

@testable import SimulatedWorld

@Suite("The life of a task")
struct TaskLifeTests {
    @Test("a task goes through every status in order")
    func statuses() throws {
        var world = try World.scene([.balanced("web", count: 1)])
        try world.updateService("web", cluster: World.cluster, desiredCount: 2)
        var seen: [World.Task.Status] = []
        var newcomer: World.Task.ID?
        _ = world.advance { world in
            newcomer = newcomer ?? (try? world.liveTasks(of: "web"))?.dropFirst().first?.id
            note(newcomer.flatMap { world.taskTable[$0] })
            return seen.last == .running
        }
        let arn = try #require(newcomer.flatMap { world.taskTable[$0] }).arn
        try world.stopTask(arn, cluster: World.cluster)
        _ = world.advance { world in
            note(newcomer.flatMap { world.taskTable[$0] })
            return seen.last == .stopped
        }
        #expect(seen == World.Task.Status.allCases)

        func note(_ task: World.Task?) {
            if let task, seen.last != task.lastStatus { seen.append(task.lastStatus) }
        }
    }

    @Test("runningTasksCount drops while containers still serve")
    func countsAreNoProof() throws {
        var world = try World.scene([.balanced("web", count: 4)])
        let instance = world.members()[0]
        try world.drain(instance)
        let misled = world.advance { world in
            (try? world.taskCounts(on: world.host(of: instance))).map { $0.running + $0.pending == 0 } == true
        }
        #expect(misled != nil)
        #expect(try world.liveTasks(on: instance).map(\.lastStatus) == [.deactivating])
        #expect(try world.liveTasks(on: instance).allSatisfy(\.isProcessAlive))
    }

    @Test("a stopped task stays listed for an hour")
    func retention() throws {
        var world = try World.scene([.plain("worker", count: 1)])
        let task = try #require(try world.liveTasks(of: "worker").first)
        try world.stopTask(task.arn, cluster: World.cluster)
        world.advance(by: .seconds(3599))
        let cluster = try world.cluster(World.cluster)
        #expect(world.task(task.arn, in: cluster)?.lastStatus == .stopped)
        world.advance(by: .seconds(60))
        #expect(world.task(task.arn, in: cluster) == nil)
    }

    @Test("what a task takes is given back when it has STOPPED")
    func resources() throws {
        var world = try World.scene([.plain("worker", count: 1)])
        let host = try world.liveTasks(of: "worker").map(\.containerInstance)[0]
        #expect(world[host].remaining == World.Resources(cpu: 2048 - 128, memory: 2048 - 256))
        try world.updateService("worker", cluster: World.cluster, desiredCount: 0)
        world.advance(by: .seconds(30))
        #expect(world[host].remaining == world[host].registered)
    }

    @Test("the tasks of a machine that dies are dead at once, though ECS notices later")
    func hostDeath() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        let instance = world.members()[0]
        try world.terminateInstance(instanceID: instance.instanceID)
        let task = try #require(try world.liveTasks(on: instance).first)
        #expect(task.lastStatus == .running)
        #expect(!task.isProcessAlive)
        #expect(world.serviceTruths[0].inService == 3)
        world.advance(by: world.timings.hostDeathNoticed)
        #expect(world.taskTable[task.id]?.lastStatus == .stopped)
        #expect(try world.host(of: world[instance.id]).status == .inactive)
    }

    @Test("forced deregistration drops a service below its desired count at once")
    func deregistered() throws {
        var world = try World.scene([.balanced("web", count: 4)])
        try world.deregisterContainerInstance(
            world.host(of: world.members()[0]).arn, cluster: World.cluster, force: true)
        #expect(world.serviceTruths[0].inService == 3)
        world.advance(by: .seconds(30))
        #expect(world.serviceTruths[0].inService == 4)
    }
}
