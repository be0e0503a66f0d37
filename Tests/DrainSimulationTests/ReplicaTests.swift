import DrainEngine
import DrainModel
import DrainSimulation
import SimulatedWorld
import Testing

/// Several draind on one ledger: one decides, and when it cannot, another goes on with what it has left.
@Suite struct ReplicaTests {
    /// Six instances leave at once, which takes some minutes; what befalls whoever decides does so in the middle.
    private func scene(
        _ troubles: [Trouble] = [], at moment: Duration = .seconds(50), replicas: [ReplicaPlan] = [.init(), .init()]
    ) -> Plan {
        let departures = (0..<6).map { Scripted(at: .seconds(20), .replace(cluster: 0, instance: $0)) }
        var plan = Plan.scene(instances: 6, services: [.plain(count: 6), .web(count: 6)], script: departures)
        plan.script += troubles.map { Scripted(at: moment, .trouble($0, of: nil)) }
        plan.replicas = replicas
        return plan
    }

    private func expectSixDrains(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(outcome.violation == nil, sourceLocation: sourceLocation)
        #expect(
            outcome.outcomes == Array(repeating: .drained, count: 6), "\(outcome.outcomes)",
            sourceLocation: sourceLocation)
    }

    /// From the line with the first words to the next with the others.
    private func time(from first: String, to next: String, in outcome: Outcome) throws -> Duration {
        let begin = try #require(outcome.trace.firstIndex { $0.contains(first) })
        let end = try #require(outcome.trace[begin...].firstIndex { $0.contains(next) })
        return moment(outcome.trace[end]) - moment(outcome.trace[begin])
    }

    private func moment(_ line: String) -> Duration {
        let words = line.drop { $0 == " " }.prefix { $0 != " " }.split { ":.".contains($0) }.compactMap { Int64($0) }
        return .milliseconds(words.prefix(3).enumerated().reduce(0) { $0 + $1.element * [60_000, 1000, 1][$1.offset] })
    }

    @Test func whereOneDecidesTheOtherLeavesItAlone() throws {
        let outcome = try scene().run()
        expectSixDrains(outcome)
        #expect(outcome.statistics.takeovers == 0)
    }

    @Test func ifTheOneThatDecidesDiesInTheMiddleAnotherGoesOnWithinFifteenSeconds() throws {
        let outcome = try scene([.crash(downFor: .seconds(300))]).run()
        expectSixDrains(outcome)
        #expect(outcome.statistics.takeovers == 1)
        #expect(try time(from: "trouble: crash", to: "decides", in: outcome) < .seconds(15))
    }

    @Test func theLastOfFiveGoesOnWhereFourHaveDied() throws {
        var plan = scene(replicas: Array(repeating: .init(), count: 5))
        for moment in [30, 50, 70, 90] {
            plan.script.append(Scripted(at: .seconds(moment), .trouble(.crash(downFor: .seconds(600)), of: nil)))
        }
        let outcome = try plan.run()
        expectSixDrains(outcome)
        #expect(outcome.statistics.takeovers == 4)
    }

    @Test func oneThatComesBackFromAPauseHasNoSayAnyMore() throws {
        for withMachine in [false, true] {
            let outcome = try scene([.pause(.seconds(60), withMachine: withMachine)]).run()
            expectSixDrains(outcome)
            #expect(outcome.statistics.takeovers == 1)
            #expect(outcome.trace.contains { $0.contains("lease lost") })
        }
    }

    @Test func oneThatDoesNotReachTheLedgerForAMinuteIsReplaced() throws {
        let outcome = try scene([.cutOffFromLedger(.seconds(60))]).run()
        expectSixDrains(outcome)
        #expect(outcome.statistics.takeovers == 1)
    }

    @Test func oneThatAWSDoesNotAnswerLeavesTheLeaseToTheOther() throws {
        let outcome = try scene([.cutOffFromAWS(.seconds(60))]).run()
        expectSixDrains(outcome)
        #expect(outcome.statistics.takeovers == 1)
        #expect(try time(from: "trouble: cutOffFromAWS", to: "decides", in: outcome) < .seconds(45))
    }

    @Test func whileNobodyReachesTheLedgerHeartbeatsGoOn() throws {
        var plan = scene()
        for replica in 0...1 {
            plan.script.append(Scripted(at: .seconds(50), .trouble(.cutOffFromLedger(.seconds(60)), of: replica)))
        }
        let outcome = try plan.run()
        expectSixDrains(outcome)
        let heartbeats = outcome.trace.filter { $0.contains("RecordLifecycleActionHeartbeat") }.map(moment)
        #expect(heartbeats.contains { $0 > .seconds(60) && $0 < .seconds(110) })
    }

    @Test func oneThatIsStoppedHandsOverWithinTwoSeconds() throws {
        let outcome = try scene([.stop(downFor: .seconds(30))]).run()
        expectSixDrains(outcome)
        #expect(outcome.statistics.takeovers == 1)
        #expect(try time(from: "trouble: stop", to: "decides", in: outcome) < .seconds(2))
    }

    @Test func clocksThatAreAMinuteApartDoNotMatter() throws {
        for error in [-60, 60] {
            let clocks = [ReplicaPlan(), ReplicaPlan(clockError: .seconds(error))]
            let outcome = try scene([.crash(downFor: .seconds(20))], replicas: clocks).run()
            expectSixDrains(outcome)
        }
    }

    @Test(arguments: 1...10) func keepsEveryPromise(seed: UInt64) throws {
        let outcome = try Simulation.outcome(of: .drawnWithReplicas(from: seed))
        #expect(outcome.violation == nil, "scripts/soak --replicas --seed \(seed)")
        #expect(outcome.statistics.openDrains == 0)
    }

    @Test func theSameSeedGivesTheSameRun() throws {
        let runs = try (0..<2).map { _ in try Simulation.outcome(of: .drawnWithReplicas(from: 3)).fingerprint }
        #expect(runs[0] == runs[1])
    }
}
