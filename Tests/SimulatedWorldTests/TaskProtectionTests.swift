import Testing

@testable import SimulatedWorld

@Suite("Task scale-in protection")
struct TaskProtectionTests {
    /// A world with a service of four tasks, of which the newest is protected.
    private func protected(minutes: Int = 120) throws -> (World, World.Task) {
        var world = try World.scene([.plain("worker", count: 4)])
        let task = try #require(try world.liveTasks(of: "worker").last)
        _ = try world.updateTaskProtection(
            [task.arn], cluster: World.cluster, isEnabled: true, expiresInMinutes: minutes)
        return (world, task)
    }

    @Test("a scale-in stops others")
    func scaleIn() throws {
        var (world, task) = try protected()
        try world.updateService("worker", cluster: World.cluster, desiredCount: 1)
        world.advance(by: .seconds(30))
        #expect(try world.liveTasks(of: "worker").map(\.id) == [task.id])
    }

    @Test("a deployment waits for it, and goes on when the protection expires")
    func deployment() throws {
        var (world, task) = try protected(minutes: 5)
        try world.updateService("worker", cluster: World.cluster, forceNewDeployment: true)
        world.advance(by: .seconds(240))
        #expect(world[task.id]?.desiredStatus == .running)
        world.advance(by: .seconds(120))
        #expect(world[task.id]?.lastStatus == .stopped)
    }

    @Test("draining does not respect it")
    func draining() throws {
        var (world, task) = try protected()
        try world.drain(world[world[task.containerInstance].instance])
        world.advance(by: .seconds(60))
        #expect(world[task.id]?.lastStatus == .stopped)
    }

    @Test("it is shown with the moment of its expiry, and no more after it")
    func shown() throws {
        var (world, task) = try protected(minutes: 5)
        let expiry = world.now + .seconds(300)
        #expect(
            try world.getTaskProtection([task.arn], cluster: World.cluster).protections
                == [.init(taskARN: task.arn, isEnabled: true, expiresAt: expiry)])
        world.advance(to: expiry)
        #expect(
            try world.getTaskProtection([task.arn], cluster: World.cluster).protections
                == [.init(taskARN: task.arn, isEnabled: false, expiresAt: nil)])
    }

    @Test("a standalone task cannot be protected")
    func standalone() throws {
        var world = try World.scene()
        world.registerTaskDefinition(.init(family: "batch", resources: .init(cpu: 128, memory: 128)))
        let task = try #require(try world.runTask(taskDefinition: "batch", cluster: World.cluster).first)
        let answer = try world.updateTaskProtection([task.arn], cluster: World.cluster, isEnabled: true)
        #expect(answer.failures.map(\.reason) == ["TASK_NOT_VALID"])
    }
}
