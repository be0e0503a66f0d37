import Foundation
import Testing

@testable import SimulatedWorld

@Suite("ECS's events")
struct EventTests {
    /// A world whose events go to a topic with a subscriber.
    private func told(_ services: [World.Scenario.ServicePlan] = [.plain("worker", count: 4)]) throws -> World {
        var world = try World.scene(services)
        let topic = world.createTopic(named: "events")
        let subscription = try world.subscribe(endpoint: "https://draind.example/sns", toTopic: topic)
        try world.confirmSubscription(topicARN: topic, token: subscription.token)
        _ = answered(&world)
        try world.sendECSEvents(toTopic: topic)
        return world
    }

    private func answered(_ world: inout World) -> [World.Delivery] {
        let deliveries = world.dueDeliveries()
        for delivery in deliveries { world.deliveryAnswered(delivery.id, .status(200)) }
        return deliveries
    }

    /// What has been sent since, of one `detail-type`.
    private func events(_ world: inout World, _ type: String) throws -> [[String: Any]] {
        try answered(&world).map { delivery in
            try #require(JSONSerialization.jsonObject(with: Data(delivery.message.utf8)) as? [String: Any])
        }.filter { $0["detail-type"] as? String == type }
    }

    private func details(_ events: [[String: Any]], of resource: String) -> [[String: Any]] {
        events.filter { $0["resources"] as? [String] == [resource] }.compactMap { $0["detail"] as? [String: Any] }
    }

    @Test("tell each step of a task's end, with a version that rises")
    func task() throws {
        var world = try told()
        let task = try #require(try world.liveTasks(of: "worker").first)
        try world.stopTask(task.arn, cluster: World.cluster, reason: "told to \"stop\"")
        world.advance(by: .seconds(60))
        let events = try events(&world, "ECS Task State Change")
        #expect(events.allSatisfy { $0["source"] as? String == "aws.ecs" && $0["time"] is String })
        let details = details(events, of: task.arn)
        #expect(
            details.compactMap { $0["lastStatus"] as? String } == [
                "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED",
            ])
        #expect(details.allSatisfy { $0["desiredStatus"] as? String == "STOPPED" })
        #expect(details.allSatisfy { $0["stoppedReason"] as? String == "told to \"stop\"" })
        #expect(details.allSatisfy { $0["group"] as? String == "service:worker" })
        #expect(details.allSatisfy { $0["taskArn"] as? String == task.arn })
        #expect(details.allSatisfy { ($0["clusterArn"] as? String)?.hasSuffix(":cluster/demo") == true })
        let versions = details.compactMap { $0["version"] as? Int }
        #expect(versions.count == 5 && zip(versions, versions.dropFirst()).allSatisfy(<))
    }

    @Test("tell that a container instance is set to DRAINING")
    func containerInstance() throws {
        var world = try told()
        let instance = world.members()[0]
        let host = try world.host(of: instance)
        try world.drain(instance)
        let details = details(try events(&world, "ECS Container Instance State Change"), of: host.arn)
        #expect(details.compactMap { $0["status"] as? String } == ["DRAINING"])
        #expect(details.compactMap { $0["ec2InstanceId"] as? String } == [instance.instanceID])
        #expect(details.compactMap { $0["version"] as? Int } == [host.version + 1])
    }

    @Test("tell that a service is steady, and that its deployment is complete")
    func service() throws {
        var world = try told()
        try world.updateService("worker", cluster: World.cluster, desiredCount: 6)
        world.advance(by: .seconds(60))
        let names = try events(&world, "ECS Service Action").compactMap { $0["detail"] as? [String: Any] }
            .compactMap { $0["eventName"] as? String }
        #expect(names == ["SERVICE_STEADY_STATE"])
        try world.updateService("worker", cluster: World.cluster, forceNewDeployment: true)
        world.advance(by: .seconds(120))
        let deployed = try events(&world, "ECS Deployment State Change")
        let service = try world.serviceNamed("worker").arn
        #expect(
            details(deployed, of: service).compactMap { $0["eventName"] as? String } == [
                "SERVICE_DEPLOYMENT_COMPLETED"
            ])
    }

    @Test("are sent nowhere unless a rule says where")
    func nobody() throws {
        var world = try told()
        try world.sendECSEvents(toTopic: nil)
        try world.drain(world.members()[0])
        world.advance(by: .seconds(60))
        #expect(world.dueDeliveries().isEmpty)
        #expect(throws: World.Failure.self) { try world.sendECSEvents(toTopic: "arn:of:none") }
    }
}
