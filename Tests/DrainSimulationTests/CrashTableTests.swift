import DrainEngine
import DrainModel
import DrainSimulation
import Testing

/// The process dies at every point between the effects for a drain, and at every ordered pair of them: nothing is lost,
/// nothing is done too early or twice, everything ends.
@Suite struct CrashTableTests {
    private static let points = DrainPhase.allCases.flatMap { phase in
        CrashPoint.Moment.allCases.map { CrashPoint(phase, $0) }
    }

    @Test func survivesEveryPointAndEveryPairOfThem() throws {
        let table = Self.points.map { [$0] } + Self.points.flatMap { first in Self.points.map { [first, $0] } }
        var reached: Set<[CrashPoint]> = []
        for points in table {
            var plan = Plan.scene(services: [.plain(count: 2)])
            plan.script = [0, 1].map { Scripted(at: .seconds(20), .replace(cluster: 0, instance: $0)) }
            plan.crashPoints = points
            // One waits for the other, so that every phase occurs.
            plan.policy.drain.maximumConcurrent = 1
            let outcome = try Simulation.outcome(of: plan)
            #expect(outcome.violation == nil, "\(points)")
            #expect(outcome.outcomes == [.drained, .drained], "\(points)")
            if outcome.statistics.crashes == points.count { reached.insert(points) }
        }
        // The others cannot be: no call is made for a drain that has finished, and time goes one way.
        let singles = reached.count { $0.count == 1 }
        print(
            "crash table: \(table.count) combinations checked; \(singles) points and "
                + "\(reached.count - singles) pairs of them are reached")
        #expect(singles >= 14)
        #expect(reached.count - singles >= 140)
        #expect(table.count == 18 + 18 * 18)
    }
}
