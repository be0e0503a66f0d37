import DrainEngine
import DrainModel
import DrainSimulation
import SimulatedWorld
import Testing

/// Several instances at once: all that are known to be leaving are out of service before tasks move.
@Suite struct RollingReplacementTests {
    @Test func inTheReplacementOfTwentyInstancesWithRoomNoTaskMovesTwice() throws {
        var plan = Plan.scene(
            instances: 20, services: [.plain(count: 30), .web(count: 20)],
            script: [Scripted(at: .seconds(20), .replaceAll(cluster: 0))])
        plan.policy.drain.drainTimeout = .seconds(1200)
        plan.duration = .seconds(1500)
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes.count { $0 == .drained } == 20)
        // Each of the fifty tasks has one successor.
        #expect(outcome.statistics.tasksStarted == 50)
    }
}
