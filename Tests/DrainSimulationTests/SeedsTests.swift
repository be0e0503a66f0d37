import DrainSimulation
import Testing

/// Some seeds on the way; scripts/soak runs thousands.
@Suite struct SeedsTests {
    @Test(arguments: 1...40) func keepsEveryPromise(seed: UInt64) throws {
        let outcome = try Simulation.outcome(of: .drawn(from: seed))
        #expect(outcome.violation == nil, "scripts/soak --seed \(seed)")
        #expect(outcome.statistics.openDrains == 0)
    }

    @Test(arguments: [3, 1003, 2003] as [UInt64]) func theSameSeedGivesTheSameRun(seed: UInt64) throws {
        let first = try Simulation.outcome(of: .drawn(from: seed))
        let second = try Simulation.outcome(of: .drawn(from: seed), inWords: true)
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.drains == second.drains)
    }

    @Test func differentSeedsGiveDifferentRuns() throws {
        let runs = try (1...10).map { try Simulation.outcome(of: .drawn(from: $0)).fingerprint }
        #expect(Set(runs).count == runs.count)
    }
}
