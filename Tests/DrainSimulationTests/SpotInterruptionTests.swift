import DrainEngine
import DrainModel
import DrainSimulation
import SimulatedWorld
import Testing

/// EC2 takes a Spot instance back, two minutes after it said so.
@Suite struct SpotInterruptionTests {
    private static let interruption = Scripted(at: .seconds(60), .interrupt(cluster: 0, instance: 1))

    /// A plan in which the instance that is taken has standalone tasks.
    private func scene(_ more: [Scripted] = []) -> Plan {
        var plan = Plan.scene(services: [.plain()], script: ([Self.interruption] + more).sorted { $0.at < $1.at })
        plan.clusters[0].standaloneTasks = 6
        return plan
    }

    @Test func itIsDrainedInTimeAndItsStandaloneTasksAreStoppedBefore() throws {
        let outcome = try scene().run()
        #expect(outcome.violation == nil)
        // Its own drain, and that of the hook that fires when the machine is gone.
        #expect(outcome.outcomes.count { $0 == .drained } >= 1)
        let drain = try #require(outcome.drains.first { $0.action == nil })
        #expect(drain.outcome == .drained)
        #expect(drain.tasks.contains { $0.service == nil && $0.isToldToStop })
        #expect(try #require(drain.finishedAt) < drain.deadline)
    }

    @Test(arguments: [30, 90]) func theDrainOfItsHookHasNoMoreTime(seconds: Int) throws {
        let outcome = try scene([Scripted(at: .seconds(seconds), .replace(cluster: 0, instance: 1))]).run()
        #expect(outcome.violation == nil)
        let warning = try #require(outcome.drains.first { $0.action == nil })
        let hooked = try #require(outcome.drains.first { $0.action != nil && $0.instance == warning.instance })
        #expect(hooked.deadline == warning.deadline)
        #expect(hooked.outcome == .drained)
    }

    @Test func aRestartForgetsNothingOfIt() throws {
        let outcome = try scene([
            Scripted(at: .seconds(30), .replace(cluster: 0, instance: 1)), Scripted(at: .seconds(62), .crash),
        ]).run()
        #expect(outcome.violation == nil)
        #expect(outcome.drains.filter { $0.takenBackAt != nil }.map(\.outcome) == [.drained, .drained])
    }

    @Test func aWarningThatComesTwiceMakesOneDrain() throws {
        var plan = scene()
        plan.faults.messageDuplicated = 0.8
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.drains.count { $0.action == nil } == 1)
    }

    @Test func aWarningThatNeverComesIsMissedOnly() throws {
        var plan = scene()
        plan.faults.messageLost = 1
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(!outcome.drains.contains { $0.action == nil })
    }
}
