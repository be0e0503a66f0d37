import Testing

@testable import SimulatedWorld

@Suite("Faults of calls")
struct CallFaultTests {
    private func admissions(_ count: Int, _ change: (inout World.Faults) -> Void) -> [World.Admission] {
        var world = World(seed: 1, startingAt: .start)
        change(&world.faults)
        return (0..<count).map { _ in world.admit(service: "ecs", operation: "DescribeTasks") }
    }

    @Test("without faults every call proceeds, and is counted")
    func none() {
        var world = World(seed: 1, startingAt: .start)
        let admissions = (0..<1000).map { _ in world.admit(service: "ecs", operation: "DescribeTasks") }
        #expect(admissions.allSatisfy { $0 == .proceed })
        #expect(world.apiCalls == ["ecs:DescribeTasks": 1000])
    }

    @Test("a fault comes about as often as it is asked for, the same for the same seed")
    func frequency() {
        let once = admissions(10_000) { $0.answerLost = 0.1 }
        #expect((900...1100).contains(once.count { $0 == .loseAnswer }))
        #expect(once == admissions(10_000) { $0.answerLost = 0.1 })
    }

    @Test("the burst is admitted, then so many calls a second")
    func bucket() {
        var world = World(seed: 1, startingAt: .start)
        world.faults.limitsRates = true
        var admitted: [Int] = []
        for _ in 0..<3 {
            let calls = (0..<200).map { _ in world.admit(service: "ecs", operation: "UpdateService") }
            admitted.append(calls.count { $0 == .proceed })
            world.advance(by: .seconds(2))
        }
        #expect(admitted == [50, 10, 10])
        #expect(world.throttledCalls == ["ecs:UpdateService": 530])
    }

    @Test("calls of one bucket share its tokens, others have their own")
    func sharedBucket() {
        var world = World(seed: 1, startingAt: .start)
        world.faults.limitsRates = true
        for _ in 0..<100 { _ = world.admit(service: "ecs", operation: "ListTasks") }
        let (sibling, stranger) = (
            world.admit(service: "ecs", operation: "DescribeTasks"),
            world.admit(service: "ecs", operation: "DescribeServices")
        )
        #expect(sibling == .throttle(.throttling(service: "ecs")))
        #expect(stranger == .proceed)
    }

    @Test("every throttled call says Rate exceeded by its service's code", arguments: ["autoscaling", "ecs"])
    func throttlingCode(service: String) throws {
        var world = World(seed: 1, startingAt: .start)
        world.faults.throttled = 1
        guard case .throttle(let failure) = world.admit(service: service, operation: "Any") else {
            Issue.record("not throttled")
            return
        }
        #expect(failure.code == (service == "ecs" ? "ThrottlingException" : "Throttling"))
        #expect(failure.message == "Rate exceeded")
    }

    @Test("limits of a share meter whether somebody keeps to it")
    func share() {
        var meter = World.RateLimits(percent: 25)
        let admitted = (0..<40).count { _ in meter.admits(service: "ecs", operation: "ListTasks", at: .start) }
        #expect(admitted == 25)
        #expect(meter.refusals == [.ecsClusterResourceRead: 15])
        let isRefilled = meter.admits(service: "ecs", operation: "ListTasks", at: .start + .milliseconds(200))
        #expect(isRefilled)
    }

    @Test("classic load balancers have buckets of their own")
    func classicBucket() {
        #expect(
            World.RateLimits.buckets(service: "elasticloadbalancing", operation: "DescribeInstanceHealth")
                == [.elbClassicRead, .elbClassicAll])
        #expect(
            World.RateLimits.buckets(service: "elasticloadbalancing", operation: "DescribeTargetHealth")
                == [.elbV2Read, .elbV2All])
    }

    @Test("a batch can fail in part")
    func partialFailure() throws {
        var world = try World.scene()
        world.faults.entryFailed = 0.5
        let hosts = try world.members().map { try world.host(of: $0).arn }
        let answer = try world.updateContainerInstancesState(hosts, cluster: World.cluster, status: .draining)
        #expect(answer.changed.count + answer.failures.count == 4)
        #expect(!answer.changed.isEmpty && !answer.failures.isEmpty)
        #expect(try world.members().count { try world.host(of: $0).status == .draining } == answer.changed.count)
    }

    @Test("faults shift nothing else in the world")
    func apart() throws {
        var (calm, stormy) = (try World.scene(), try World.scene())
        stormy.faults.failed = 0.5
        for _ in 0..<100 { _ = stormy.admit(service: "ecs", operation: "ListTasks") }
        let tokens = (try calm.instanceWaiting().token, try stormy.instanceWaiting().token)
        #expect(tokens.0 == tokens.1)
    }
}

@Suite("Faults of messages")
struct MessageFaultTests {
    /// When the messages 0 to 9, published one a second, arrive, and which.
    private func arrivals(_ change: (inout World.Faults) -> Void) throws -> [String] {
        var world = World(seed: 1, startingAt: .start)
        let topic = world.createTopic(named: "hooks")
        let subscription = try world.subscribe(endpoint: "https://draind.example/sns", toTopic: topic)
        try world.confirmSubscription(topicARN: topic, token: subscription.token)
        for delivery in world.dueDeliveries() { world.deliveryAnswered(delivery.id, .status(200)) }
        change(&world.faults)
        var messages: [String] = []
        for second in 0..<600 {
            if second < 10 { try world.publish(subject: nil, message: "\(second)", toTopic: topic) }
            for delivery in world.dueDeliveries() {
                messages.append(delivery.message)
                world.deliveryAnswered(delivery.id, .status(200))
            }
            world.advance(by: .seconds(1))
        }
        return messages
    }

    private var all: [String] { (0..<10).map(String.init) }

    @Test("a lost message never arrives")
    func lost() throws { #expect(try arrivals { $0.messageLost = 1 }.isEmpty) }

    @Test("a duplicated message arrives twice")
    func duplicated() throws {
        #expect(try arrivals { $0.messageDuplicated = 1 } == all.flatMap { [$0, $0] })
    }

    @Test("delayed messages all arrive, out of order")
    func delayed() throws {
        let order = try arrivals { $0.messageDelayed = 0.5 }
        #expect(order != all)
        #expect(order.sorted() == all)
    }

    @Test("if SNS never hears the answer, it sends the message again as long as its policy says")
    func receiptLost() throws {
        #expect(try arrivals { $0.receiptLost = 1 }.count { $0 == "0" } == 4)
    }
}

@Suite("Reads of an older state")
struct PastWorldsTests {
    @Test("a read as of some time ago sees what was then")
    func older() throws {
        var world = try World.scene()
        var past = PastWorlds(resolution: .seconds(1), reach: .seconds(10))
        let instance = world.members()[0]
        for second in 0..<20 {
            past.remember(world)
            if second == 15 { try world.drain(instance) }
            world.advance(by: .seconds(1))
        }
        let before = try #require(past.world(asOf: .start + .seconds(15)))
        let after = try #require(past.world(asOf: .start + .seconds(17)))
        #expect(try before.host(of: instance).status == .active)
        #expect(try after.host(of: instance).status == .draining)
    }

    @Test("what lies beyond its reach is forgotten, but for one copy")
    func reach() throws {
        var world = World(seed: 1, startingAt: .start)
        var past = PastWorlds(resolution: .seconds(1), reach: .seconds(5))
        for _ in 0..<30 {
            past.remember(world)
            world.advance(by: .seconds(1))
        }
        #expect(past.world(asOf: .start)?.now == .start + .seconds(24))
    }
}
