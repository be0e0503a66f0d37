import Testing

@testable import SimulatedWorld

@Suite("Deployments")
struct DeploymentTests {
    /// A world with a service that is being given a definition that crashes at once.
    private func breaking(_ breaker: World.Service.CircuitBreaker?) throws -> World {
        var plan = World.Scenario.ServicePlan.plain("worker", count: 4)
        plan.circuitBreaker = breaker
        var world = try World.scene([plan])
        var definition = plan.definition
        definition.crashesAfter = .seconds(1)
        try world.updateService(
            "worker", cluster: World.cluster, taskDefinition: world.registerTaskDefinition(definition).arn)
        return world
    }

    @Test("a rollout stays COMPLETED while an instance drains")
    func staysCompleted() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        try world.drain(world.members()[0])
        world.advance(by: .seconds(3))
        #expect(try world.liveTasks(of: "worker").count == 5)
        #expect(world.rolloutState(of: try world.serviceNamed("worker")) == "COMPLETED")
    }

    @Test("the old deployment is ACTIVE beside the new one as long as it has tasks")
    func twoDeployments() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        try world.updateService("worker", cluster: World.cluster, forceNewDeployment: true)
        world.advance(by: .seconds(3))
        #expect(try world.serviceNamed("worker").deployments.map(\.status) == [.primary, .active])
        #expect(try world.serviceNamed("worker").deployments.map(\.rolloutState) == [.inProgress, .completed])
        world.advance(by: .seconds(60))
        #expect(try world.serviceNamed("worker").deployments.map(\.rolloutState) == [.completed])
    }

    @Test("a forced new deployment replaces every task by one of the same definition")
    func forced() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        let before = Set(try world.liveTasks(of: "worker").map(\.id))
        let definition = try world.serviceNamed("worker").taskDefinitionARN
        try world.updateService("worker", cluster: World.cluster, forceNewDeployment: true)
        world.advance(by: .seconds(60))
        let after = try world.liveTasks(of: "worker")
        #expect(before.isDisjoint(with: after.map(\.id)))
        #expect(after.map(\.taskDefinitionARN) == Array(repeating: definition, count: 4))
        #expect(world.serviceTruths[0].leastInService == 4)
    }

    @Test("the circuit breaker fails a deployment after three tasks in a row, and old tasks stay")
    func circuitBreaker() throws {
        var world = try breaking(.init())
        world.advance(by: .seconds(300))
        let service = try world.serviceNamed("worker")
        #expect(service.deployments.map(\.rolloutState) == [.failed, .completed])
        #expect(service.deployments[0].failedTasks >= 3)
        #expect(world.serviceTruths[0].inService == 4)
    }

    @Test("a failed deployment starts no replacement, so a drain is stuck")
    func failedStaysStuck() throws {
        var world = try breaking(.init())
        world.advance(by: .seconds(300))
        let instance = world.members()[0]
        try world.drain(instance)
        world.advance(by: .seconds(600))
        #expect(try world.liveTasks(on: instance).count == 1)
        #expect(try world.liveTasks(of: "worker").count == 4)
    }

    @Test("with rollback the service goes back to the definition that worked")
    func rollback() throws {
        var world = try breaking(.init(rollsBack: true))
        world.advance(by: .seconds(300))
        let service = try world.serviceNamed("worker")
        #expect(service.taskDefinitionARN.hasSuffix("worker:1"))
        #expect(service.deployments.map(\.rolloutState) == [.completed])
    }

    @Test("without a circuit breaker a deployment that crashes stays in progress")
    func noBreaker() throws {
        var world = try breaking(nil)
        world.advance(by: .seconds(300))
        #expect(try world.serviceNamed("worker").deployments.map(\.rolloutState) == [.inProgress, .completed])
    }
}
