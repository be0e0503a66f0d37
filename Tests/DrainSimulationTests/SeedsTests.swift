import DrainSimulation
import Testing

/// Some seeds on the way; scripts/soak runs thousands.
@Suite struct SeedsTests {
    @Test(arguments: 1...40) func keepsEveryPromise(seed: UInt64) throws {
        let outcome = try Simulation(.drawn(from: seed)).run()
        #expect(outcome.violation == nil, "scripts/soak --seed \(seed)")
        #expect(outcome.statistics.openDrains == 0)
    }

    @Test(arguments: [3, 1003, 2003] as [UInt64]) func theSameSeedGivesTheSameRun(seed: UInt64) throws {
        let first = try Simulation(.drawn(from: seed)).run()
        let second = try Simulation(.drawn(from: seed), inWords: true).run()
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.drains == second.drains)
    }

    @Test func differentSeedsGiveDifferentRuns() throws {
        let runs = try (1...10).map { try Simulation(.drawn(from: $0)).run().fingerprint }
        #expect(Set(runs).count == runs.count)
    }
}
