import DrainModel
import DrainSimulation
import SimulatedWorld
import Testing

/// ECS's events hint that something has changed.
@Suite struct EventsTests {
    /// An instance is replaced on which a task takes minutes to end, while nothing else happens.
    private func scene(sendsEvents: Bool, taskEndsIn seconds: Int = 130) -> Plan {
        var job = World.Scenario.ServicePlan.plain("slow", count: 3)
        job.definition.stopDuration = .seconds(seconds)
        var plan = Plan.scene(services: [job])
        plan.sendsEvents = sendsEvents
        return plan
    }

    private func end(of outcome: Outcome) throws -> Timestamp {
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
        return try #require(outcome.drains.first?.finishedAt)
    }

    @Test func withThemADrainEndsSooner() throws {
        let saved = try [120, 130, 140, 150, 160].map { seconds in
            let without = try end(of: scene(sendsEvents: false, taskEndsIn: seconds).run())
            return try without - end(of: scene(sendsEvents: true, taskEndsIn: seconds).run())
        }
        #expect(saved.reduce(.zero, +) > .seconds(20), "\(saved)")
    }

    @Test func everyPromiseHoldsThoughTheyAreLostOrComeTwiceAndLate() throws {
        var plan = scene(sendsEvents: true)
        (plan.faults.messageLost, plan.faults.messageDuplicated, plan.faults.messageLate) = (0.3, 0.3, 0.5)
        _ = try end(of: plan.run())
    }
}
