import Testing

@testable import SimulatedWorld

@Suite("The demo's account")
struct DemoScenarioTests {
    private func demo(_ change: (inout World.Scenario) -> Void = { _ in }) throws -> World {
        var scenario = World.Scenario.demo()
        change(&scenario)
        return try World(scenario, startingAt: .start)
    }

    @Test("it is settled: seven instances, every service as it desires, none since the mark below its minimum")
    func settled() throws {
        let world = try demo()
        #expect(world.members().count == 7)
        #expect(world.serviceTruths.map(\.name) == ["web", "api", "worker", "agent"])
        #expect(world.serviceTruths.allSatisfy { $0.inService == $0.desiredCount && $0.leastInService >= $0.minimum })
        #expect(try world.services(in: world.cluster("demo")).allSatisfy { world.rolloutState(of: $0) == "COMPLETED" })
    }

    /// Scales in by two, drains both and completes each when it is empty; how long that took.
    private func scaleInDrained(_ world: inout World) throws -> Duration {
        try world.putLifecycleHook(.init(name: World.hook, group: World.group))
        try world.setDesiredCapacity(5, ofGroup: World.group)
        for action in world.lifecycleActions { try world.drain(world[action.instance]) }
        let done = world.advance { world in
            world.lifecycleActions.allSatisfy { (try? world.liveTasks(on: world[$0.instance]).isEmpty) == true }
        }
        for action in world.lifecycleActions { try world.complete(action) }
        return try #require(done) - .start
    }

    @Test("a drained scale-in by two takes about 20 s, loses nothing and violates nothing")
    func drained() throws {
        var world = try demo()
        let took = try scaleInDrained(&world)
        world.advance(by: .seconds(60))
        #expect((Duration.seconds(12) ... .seconds(28)).contains(took))
        #expect(world.violations.isEmpty)
        #expect(world.serviceTruths.allSatisfy { $0.requests.lost == 0 && $0.leastInService >= $0.minimum })
    }

    @Test("with slow replacements the drain takes a minute longer")
    func slow() throws {
        var world = try demo { $0.replacementHealthDelay = .seconds(60) }
        #expect(try scaleInDrained(&world) > .seconds(60))
        #expect(world.violations.isEmpty)
    }

    @Test("the same scale-in without a hook kills tasks and loses requests")
    func undrained() throws {
        var world = try demo()
        try world.setDesiredCapacity(5, ofGroup: World.group)
        world.advance(by: .seconds(60))
        let web = world.serviceTruths[0]
        #expect(web.requests.lost > 0)
        #expect(web.leastInService < web.minimum)
        #expect(web.inService == web.desiredCount)
    }

    @Test("there is room for many services, numbered")
    func manyServices() throws {
        let world = try World(.demo(instances: 10, services: 20, withDaemon: false), startingAt: .start)
        #expect(world.serviceTruths.count == 20)
        #expect(world.serviceTruths[19].name == "api-7")
        #expect(world.serviceTruths.allSatisfy { $0.inService == $0.desiredCount })
    }

    @Test("the status display shows instances with their tasks and targets")
    func statuses() throws {
        let statuses = try demo().instanceStatuses
        #expect(statuses.count == 7)
        #expect(statuses.allSatisfy { $0.lifecycleState == .inService && $0.containerInstanceStatus == .active })
        #expect(statuses.flatMap(\.tasks).count { $0.target == .healthy } == 6)
    }
}

@Suite("Determinism")
struct DeterminismTests {
    /// A line for everything that can differ, after a busy history.
    private func history(seed: UInt64) throws -> [String] {
        var scenario = World.Scenario.demo(instances: 9, services: 6)
        scenario.seed = seed
        var world = try World(scenario, startingAt: .start)
        try world.putLifecycleHook(.init(name: World.hook, group: World.group, heartbeatTimeout: .seconds(30)))
        try world.setDesiredCapacity(6, ofGroup: World.group)
        for action in world.lifecycleActions { try world.drain(world[action.instance]) }
        world.advance(by: .seconds(20))
        try world.terminateInstance(instanceID: world.members()[0].instanceID)
        world.advance(by: .seconds(120))
        return world.lifecycleActions.map { "\($0)" } + world.serviceTable.map { "\($0)" }
            + world.taskTable.values.sorted { $0.id < $1.id }.map { "\($0)" } + world.targetGroups.map { "\($0)" }
    }

    @Test("same seed, same history")
    func sameSeed() throws { #expect(try history(seed: 7) == history(seed: 7)) }

    @Test("another seed gives other tokens")
    func otherSeed() throws { #expect(try history(seed: 7) != history(seed: 8)) }

    @Test("many small steps and one big step come to the same")
    func stepSize() throws {
        var (small, big) = (try World(.demo(), startingAt: .start), try World(.demo(), startingAt: .start))
        try small.setDesiredCapacity(4, ofGroup: World.group)
        try big.setDesiredCapacity(4, ofGroup: World.group)
        for _ in 0..<600 { small.advance(by: .milliseconds(100)) }
        big.advance(by: .seconds(60))
        #expect(small.serviceTruths == big.serviceTruths)
        #expect(small.instanceStatuses == big.instanceStatuses)
    }

    @Test("events at one moment happen in the order in which they were entered")
    func order() {
        var agenda = Agenda<Int>()
        for entry in 0..<100 { agenda.add(entry, at: WorldTime(milliseconds: Int64(entry % 3))) }
        var order: [Int] = []
        while let (_, entry) = agenda.next(dueAt: .start) { order.append(entry) }
        #expect(order == (0..<100).sorted { ($0 % 3, $0) < ($1 % 3, $1) })
    }

    @Test(
        "moments are written as AWS writes them",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (1_711_164_403_904, "2024-03-23T03:26:43.904Z"), (-1, "1969-12-31T23:59:59.999Z"),
        ])
    func iso8601(milliseconds: Int64, text: String) {
        #expect(WorldTime(milliseconds: milliseconds).iso8601 == text)
    }
}

@Suite("Generators")
struct GeneratorTests {
    @Test("one call more shifts no name in the account")
    func answersApart() throws {
        var (quiet, busy) = (try World.scene(), try World.scene())
        _ = busy.newRequestID()
        _ = try quiet.instanceWaiting()
        let action = try busy.instanceWaiting()
        // Again, which changes nothing but is answered with an activity.
        _ = try busy.terminateInstanceInAutoScalingGroup(
            instanceID: action.instanceID, shouldDecrementDesiredCapacity: true)
        try quiet.setDesiredCapacity(5, ofGroup: World.group)
        try busy.setDesiredCapacity(5, ofGroup: World.group)
        #expect(quiet.lifecycleActions.map(\.token) == busy.lifecycleActions.map(\.token))
        #expect(quiet.members().map(\.instanceID) == busy.members().map(\.instanceID))
    }

    @Test("streams of one seed differ, and repeat")
    func streams() {
        let firsts = (0..<4 as Range<UInt64>).map { stream in
            var generator = SeededGenerator(seed: 7, stream: stream)
            return generator.next()
        }
        #expect(Set(firsts).count == 4)
        var again = SeededGenerator(seed: 7, stream: 2)
        #expect(again.next() == firsts[2])
    }
}

@Suite("Varying timings")
struct VariationTests {
    /// When the tasks of a service that scales out by six start to run.
    private func starts(variation: Int, seed: UInt64 = 1) throws -> [Duration] {
        var timings = World.Timings.demo
        timings.variation = variation
        var world = try World.scene([.plain("worker", count: 4)], seed: seed, timings: timings)
        try world.updateService("worker", cluster: World.cluster, desiredCount: 10)
        world.advance(by: .seconds(60))
        return try world.liveTasks(of: "worker").suffix(6).compactMap(\.startedAt).map { $0 - .start }
    }

    @Test("without variation everything takes as long as the timings say")
    func none() throws { #expect(Set(try starts(variation: 0)).count == 1) }

    @Test("with variation each task takes its own time, at most so much longer, the same for the same seed")
    func some() throws {
        let shortest = try #require(try starts(variation: 0).first)
        let varied = try starts(variation: 50)
        #expect(Set(varied).count > 1)
        #expect(varied.allSatisfy { (shortest...shortest * 3 / 2).contains($0) })
        #expect(try varied == starts(variation: 50))
    }
}
