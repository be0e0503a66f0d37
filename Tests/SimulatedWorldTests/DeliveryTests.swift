import Testing

@testable import SimulatedWorld

@Suite("SNS deliveries")
struct DeliveryTests {
    private let endpoint = "https://draind.example/sns"

    /// A world with a confirmed subscription, and the topic's ARN.
    private func subscribed(policy: World.DeliveryPolicy = .init()) throws -> (World, topic: String) {
        var world = World(seed: 1, startingAt: .start)
        let topic = world.createTopic(named: "hooks")
        let subscription = try world.subscribe(endpoint: endpoint, toTopic: topic, deliveryPolicy: policy)
        for delivery in world.dueDeliveries() { world.deliveryAnswered(delivery.id, .status(200)) }
        try world.confirmSubscription(topicARN: topic, token: subscription.token)
        return (world, topic)
    }

    /// Answers every attempt of one message so, and lists when the attempts were made, in seconds.
    private func attempts(policy: World.DeliveryPolicy = .init(), answer: World.DeliveryAnswer?) throws -> [Int] {
        var (world, topic) = try subscribed(policy: policy)
        try world.publish(subject: nil, message: "hello", toTopic: topic)
        var times: [Int] = []
        while world.now < .start + .seconds(4000) {
            for delivery in world.dueDeliveries() {
                times.append(Int((world.now.milliseconds - WorldTime.start.milliseconds) / 1000))
                if let answer { world.deliveryAnswered(delivery.id, answer) }
            }
            world.advance(by: .seconds(1))
        }
        return times
    }

    @Test("subscribing sends a confirmation with the token, and nothing else until it is confirmed")
    func confirmation() throws {
        var world = World(seed: 1, startingAt: .start)
        let topic = world.createTopic(named: "hooks")
        let subscription = try world.subscribe(endpoint: endpoint, toTopic: topic)
        try world.publish(subject: nil, message: "too early", toTopic: topic)
        let due = world.dueDeliveries()
        #expect(due.map(\.kind) == [.subscriptionConfirmation])
        #expect(due.map(\.token) == [subscription.token])
        #expect(try world.confirmSubscription(topicARN: topic, token: subscription.token) == subscription.arn)
        #expect(world.subscriptions(ofTopic: topic).map(\.isConfirmed) == [true])
    }

    @Test("a wrong token confirms nothing")
    func wrongToken() throws {
        var world = World(seed: 1, startingAt: .start)
        let topic = world.createTopic(named: "hooks")
        try world.subscribe(endpoint: endpoint, toTopic: topic)
        #expect(throws: World.Failure.self) { try world.confirmSubscription(topicARN: topic, token: "guess") }
    }

    @Test("an answered message is not sent again")
    func delivered() throws { #expect(try attempts(answer: .status(200)) == [0]) }

    @Test("a 4xx is never retried")
    func clientError() throws { #expect(try attempts(answer: .status(403)) == [0]) }

    @Test("a 5xx is retried three times, 20 s apart, then the message is dropped")
    func serverError() throws { #expect(try attempts(answer: .status(503)) == [0, 20, 40, 60]) }

    @Test("15 s of silence are a failed attempt")
    func silence() throws { #expect(try attempts(answer: nil) == [0, 35, 70, 105]) }

    @Test("a delivery policy is followed phase by phase")
    func policy() throws {
        let policy = World.DeliveryPolicy(
            numRetries: 6, numNoDelayRetries: 1, numMinDelayRetries: 1, numMaxDelayRetries: 1,
            minDelayTarget: .seconds(2), maxDelayTarget: .seconds(10))
        #expect(try attempts(policy: policy, answer: .failure("refused")) == [0, 1, 3, 5, 11, 21, 31])
    }

    @Test("no policy goes beyond an hour")
    func hour() throws {
        let policy = World.DeliveryPolicy(numRetries: 100, minDelayTarget: .seconds(600), maxDelayTarget: .seconds(600))
        #expect(try attempts(policy: policy, answer: .status(500)).last == 3600)
    }

    @Test("retries carry the message id and the moment of the publish")
    func stableIdentity() throws {
        var (world, topic) = try subscribed()
        let id = try world.publish(subject: "s", message: "m", toTopic: topic)
        let first = try #require(world.dueDeliveries().first)
        world.deliveryAnswered(first.id, .status(500))
        world.advance(by: .seconds(20))
        let second = try #require(world.dueDeliveries().first)
        #expect([first.messageID, second.messageID] == [id, id])
        #expect(second.timestamp == first.timestamp)
        #expect([first.id.attempt, second.id.attempt] == [1, 2])
    }

    @Test("a report that comes after the silence changes nothing")
    func lateReport() throws {
        var (world, topic) = try subscribed()
        try world.publish(subject: nil, message: "m", toTopic: topic)
        let first = try #require(world.dueDeliveries().first)
        world.advance(by: .seconds(15))
        world.deliveryAnswered(first.id, .status(200))
        world.advance(by: .seconds(20))
        #expect(world.dueDeliveries().map(\.id.attempt) == [2])
    }

    @Test("putting a hook sends a test notification")
    func testNotification() throws {
        var (world, topic) = try subscribed()
        try world.createAutoScalingGroup(named: "g", minSize: 0, maxSize: 1, desiredCapacity: 0, cluster: nil)
        try world.putLifecycleHook(.init(name: "drain", group: "g", notificationTargetARN: topic))
        let delivery = try #require(world.dueDeliveries().first)
        #expect(delivery.subject == "Auto Scaling: test notification for group \"g\"")
        #expect(delivery.message.contains("\"Event\":\"autoscaling:TEST_NOTIFICATION\""))
    }

    @Test("a waiting instance is announced with its token and the hook's metadata, quoted as JSON")
    func hookNotification() throws {
        var world = try World.scene()
        let topic = world.createTopic(named: "hooks")
        let subscription = try world.subscribe(endpoint: endpoint, toTopic: topic)
        try world.confirmSubscription(topicARN: topic, token: subscription.token)
        try world.putLifecycleHook(
            .init(
                name: World.hook, group: World.group, notificationTargetARN: topic, notificationMetadata: "a \"b\"\n"))
        for delivery in world.dueDeliveries() { world.deliveryAnswered(delivery.id, .status(200)) }
        let action = try world.terminating(world.members()[0])
        let delivery = try #require(world.dueDeliveries().first)
        #expect(
            delivery.subject
                == "Auto Scaling:  Lifecycle action 'TERMINATING' for instance \(action.instanceID) in progress.")
        #expect(delivery.message.contains("\"LifecycleActionToken\":\"\(action.token)\""))
        #expect(delivery.message.contains(#""NotificationMetadata":"a \"b\"\n""#))
        #expect(delivery.message.contains("\"Time\":\"2025-06-01T00:00:00.000Z\""))
        world.advance(by: .seconds(2))
        world.deliveryAnswered(delivery.id, .status(200))
        #expect(world.instanceTruths[0].notificationDeliveredAt == world.now)
    }
}
