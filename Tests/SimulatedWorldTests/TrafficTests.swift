import Testing

@testable import SimulatedWorld

@Suite("Load balancing and traffic")
struct TrafficTests {
    @Test("a new target is initial, then healthy after its check")
    func targetLife() throws {
        var world = try World.scene([.balanced("web", count: 1)])
        try world.updateService("web", cluster: World.cluster, desiredCount: 2)
        _ = world.advance { $0.targetGroups[0].targets.count == 2 }
        let added = try #require(world.targetGroups[0].targets.last)
        #expect(added.state == .initial)
        world.advance(to: added.registeredAt + .seconds(2))
        #expect(world.targetGroups[0].targets.last?.state == .healthy)
    }

    @Test("a deregistered target drains for the deregistration delay and is gone")
    func deregistration() throws {
        var world = try World.scene([.balanced("web", count: 2)])
        let target = world.targetGroups[0].targets[0]
        try world.deregisterTarget(
            instanceID: target.instanceID, port: target.port, in: world.targetGroups[0].arn)
        #expect(world.targetGroups[0].targets[0].state == .draining)
        world.advance(by: .milliseconds(5999))
        #expect(world.targetGroups[0].targets.count == 2)
        world.advance(by: .milliseconds(1))
        #expect(world.targetGroups[0].targets.count == 1)
    }

    @Test("requests are counted exactly: rate times time")
    func exactCount() throws {
        var world = try World.scene([.balanced("web", count: 3, requestsPerSecond: 7)])
        for _ in 0..<1000 { world.advance(by: .milliseconds(143)) }
        let requests = world.serviceTruths[0].requests
        #expect(requests == World.Requests(served: 143 * 7, lost: 0))
    }

    @Test("killing an instance loses requests until health checks notice")
    func lossWindow() throws {
        var world = try World.scene([.balanced("web", count: 4, requestsPerSecond: 100)])
        world.timings.hostDeathNoticed = .seconds(60)
        let dead = world.members()[0]
        try world.terminateInstance(instanceID: dead.instanceID)
        let unhealthy = try #require(
            world.advance { $0.targetGroups[0].targets.contains { $0.state == .unhealthy } })
        #expect((Duration.seconds(2) ... .milliseconds(4250)).contains(unhealthy - .start))
        let lost = world.serviceTruths[0].requests.lost
        #expect(lost > 50)
        world.advance(by: .seconds(20))
        #expect(world.serviceTruths[0].requests.lost == lost)
    }

    @Test("requests in flight on a task that is killed are lost")
    func inFlight() throws {
        var world = try World.scene([.balanced("web", count: 1, requestsPerSecond: 100)])
        world.advance(by: .seconds(10))
        try world.terminateInstance(instanceID: world.instanceRunning("web").instanceID)
        #expect(world.serviceTruths[0].requests == World.Requests(served: 950, lost: 50))
    }

    @Test("a drained service loses no request")
    func nothingLost() throws {
        var world = try World.scene([.balanced("web", count: 4, requestsPerSecond: 100)])
        let instance = world.members()[0]
        try world.drain(instance)
        _ = world.advance { (try? $0.liveTasks(on: instance).isEmpty) == true }
        try world.terminateInstance(instanceID: instance.instanceID)
        world.advance(by: .seconds(60))
        #expect(world.serviceTruths[0].requests.lost == 0)
        #expect(world.serviceTruths[0].requests.served > 6000)
    }

    @Test("with no target at all every request is lost")
    func nobodyThere() throws {
        var world = try World.scene([.balanced("web", count: 0, requestsPerSecond: 10)])
        world.advance(by: .seconds(5))
        #expect(world.serviceTruths[0].requests == World.Requests(served: 0, lost: 50))
    }
}
