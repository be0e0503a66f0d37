import DrainModel
import DrainSimulation
import SimulatedWorld
import Testing

/// A service of which no two tasks may share an instance.
@Suite struct DistinctInstanceTests {
    @Test func itsReplacementWaitsForANewInstanceAndComesWithTheScaleOut() throws {
        var plan = Plan.scene(
            script: [
                Scripted(at: .seconds(20), .scaleIn(cluster: 0, by: 1)),
                Scripted(at: .seconds(150), .scaleOut(cluster: 0, by: 1)),
            ])
        plan.clusters[0].services[0].isOnDistinctInstances = true
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
        let drain = try #require(outcome.drains.first)
        #expect(drain.toldBlockers.contains(.noCapacity))
        let waited = try #require(drain.finishedAt) - drain.acceptedAt
        #expect(waited > .seconds(130))
    }
}
