import DrainEngine
import DrainModel
import DrainSimulation
import SimulatedWorld
import Testing

/// The faults that the field is known for, as far as they show in a simulated account; the judge of early completions
/// is the account's own state, so a run without a violation was never early.
@Suite struct PeerFaultTests {
    @Test func tasksThatStopSlowlyAreWaitedForAlthoughECSCountsNoneRunning() throws {
        var service = World.Scenario.ServicePlan.plain()
        service.definition.stopDuration = .seconds(90)
        let outcome = try Plan.scene(services: [service]).run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
    }

    @Test func anInstanceThatIsDrainingAlreadyIsLookedAtLikeAnyOther() throws {
        var service = World.Scenario.ServicePlan.plain()
        service.definition.stopDuration = .seconds(90)
        var plan = Plan.scene(services: [service])
        plan.script.insert(
            Scripted(at: .seconds(10), .setState(cluster: 0, instance: 0, isDraining: true)), at: 0)
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
    }

    @Test func everyPageOfAListIsRead() throws {
        var plan = Plan.scene(services: [.plain(count: 9), .web(count: 6)])
        plan.pageSize = 1
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
    }

    @Test func aTaskThatIsMissingInAnAnswerHasNotEnded() throws {
        var plan = Plan.scene()
        plan.faults.taskMissing = 0.5
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
    }

    @Test func aCompletionWhoseAnswerWasLostIsNotTriedForEver() throws {
        var plan = Plan.scene()
        plan.crashPoints = [CrashPoint(.completing, .betweenCallAndWrite)]
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
        #expect(outcome.trace.count { $0.contains("CompleteLifecycleAction") && $0.contains("noActive") } == 1)
    }

    @Test func aMessageThatCouldNotBeRecordedIsTriedAgain() throws {
        var plan = Plan.scene()
        plan.faults.writeRefused = 0.5
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
    }

    @Test func aMessageThatNeverCameIsMadeUpForByTheSweep() throws {
        var plan = Plan.scene()
        plan.faults.messageLost = 1
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
        #expect(outcome.drains.first?.origin == .reconcile)
    }

    @Test func aMessageThatNeverCameOfAReturnToTheWarmPoolIsMadeUpForByTheSweep() throws {
        var plan = Plan.scene(script: [Scripted(at: .seconds(20), .scaleIn(cluster: 0, by: 1))])
        plan.clusters[0].warmPool = World.WarmPool(state: .stopped)
        plan.clusters[0].services = [.plain(count: 2)]
        plan.faults.messageLost = 1
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
        #expect(outcome.drains.first?.origin == .reconcile)
        #expect(outcome.drains.first?.action?.destination == "WarmPool")
    }

    @Test func heartbeatsGoOnUntilTheDeadlineThatPolicyDecides() throws {
        var plan = Plan.scene(services: [.plain(count: 3, minimum: 100, maximum: 100)])
        plan.clusters[0].hooks[0].heartbeatTimeout = .seconds(30)
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.timedOut])
        #expect((outcome.drains.first?.heartbeat.count ?? 0) >= 300 / 15 - 1)
    }

    @Test func twelveInstancesGetTheirHeartbeatsAndSoDoTheyAfterARestart() throws {
        var plan = Plan.scene(
            instances: 12, services: [.plain(count: 12, minimum: 100, maximum: 100)],
            script: [
                Scripted(at: .seconds(20), .replaceAll(cluster: 0)), Scripted(at: .seconds(100), .crash),
                Scripted(at: .seconds(200), .crash),
            ])
        plan.clusters[0].hooks[0].heartbeatTimeout = .seconds(60)
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == Array(repeating: .timedOut, count: 12))
    }

    @Test func aServiceThatCannotMoveIsNamedAtOnce() throws {
        let outcome = try Plan.scene(services: [.plain(count: 3, minimum: 100, maximum: 100)]).run()
        #expect(outcome.violation == nil)
        #expect(outcome.trace.contains { $0.contains("recorded") && $0.contains("deployment-deadlock") })
    }

    @Test(arguments: [DrainPolicy.StandaloneTasks.wait, .stop, .stopAfter(.seconds(60)), .ignore])
    func standaloneTasksAreTreatedAsTheSettingSays(setting: DrainPolicy.StandaloneTasks) throws {
        var plan = Plan.scene(services: [])
        plan.clusters[0].standaloneTasks = 3
        plan.policy.drain.standaloneTasks = setting
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [setting == .wait ? .timedOut : .drained])
        if setting == .wait { #expect(outcome.trace.contains { $0.contains("standalone-task") }) }
    }

    @Test func aServiceThatNeverComesUpBlocksOnlyTheDrainsThatItTouches() throws {
        // Too large for any instance.
        var hopeless = World.Scenario.ServicePlan.plain("hopeless")
        hopeless.definition.resources = World.Resources(cpu: 100_000, memory: 100_000)
        let outcome = try Plan.scene(services: [.plain(), hopeless]).run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
    }

    @Test func aTargetThatStillDrainsIsWaitedFor() throws {
        let outcome = try Plan.scene(services: [.web(deregistrationDelay: .seconds(120))]).run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
    }

    @Test func thrownBackByThrottlingTheyAllEndYet() throws {
        var plan = Plan.scene(
            instances: 12, services: [.plain(count: 12)], script: [Scripted(at: .seconds(20), .replaceAll(cluster: 0))])
        plan.faults.throttled = 0.2
        plan.faults.othersShare = 0.9
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes.allSatisfy { $0 == .drained || $0 == .timedOut })
    }

    @Test func anInstanceThatRegistersLateIsNotTakenForSomebodyElses() throws {
        var plan = Plan.scene(services: [.plain()], script: [])
        plan.timings.boot = .seconds(30)
        plan.timings.registration = .seconds(40)
        // The replacement is told to end while it boots.
        plan.script = [
            Scripted(at: .seconds(20), .kill(cluster: 0, instance: 0)),
            Scripted(at: .seconds(60), .replace(cluster: 0, instance: 3)),
        ]
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(!outcome.outcomes.isEmpty)
    }

    @Test func aMachineThatWasEndedByHandFinishes() throws {
        let outcome = try Plan.scene(script: [Scripted(at: .seconds(20), .kill(cluster: 0, instance: 0))]).run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes.count == 1)
        #expect(outcome.statistics.openDrains == 0)
    }

    @Test func aMachineThatIsStoppedWhileItDrainsEndsBeforeItsDeadline() throws {
        // Its tasks take longer to stop than the machine is left to run.
        var service = World.Scenario.ServicePlan.plain()
        service.definition.stopDuration = .seconds(120)
        var plan = Plan.scene(
            services: [service],
            script: [.replaceFirst(), Scripted(at: .seconds(60), .stop(cluster: 0, instance: 0))])
        plan.timings.hostDeathNoticed = .seconds(5)
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
        #expect(outcome.drains[0].history.contains { $0.message.hasPrefix("EC2 says that the machine is stopped") })
        #expect(outcome.drains[0].finishedAt.map { $0 < outcome.drains[0].acceptedAt + .seconds(60) } == true)
    }

    @Test func ofManyClustersThatOneIsAskedThatACapacityProviderNames() throws {
        var plan = Plan.scene(script: [Scripted(at: .seconds(20), .replace(cluster: 6, instance: 0))])
        plan.clusters = (0..<12).map { number in
            var cluster = plan.clusters[0]
            (cluster.name, cluster.capacityProvider) = ("c\(number)", "provider-\(number)")
            cluster.services = [.plain("plain-\(number)")]
            return cluster
        }
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes == [.drained])
        let asked = Set(outcome.trace.flatMap { line in (0..<12).filter { line.contains("instances c\($0) ") } })
        #expect(asked == [6])
    }

    @Test func messagesThatComeTwiceLateOrAfterTheEndMakeOneDrain() throws {
        var plan = Plan.scene()
        plan.faults.messageDuplicated = 0.8
        plan.faults.messageLate = 0.5
        plan.duration = .seconds(3600)
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.outcomes.count { $0 == .drained } == 1)
    }

    @Test(arguments: 1...6) func theHookIsReadHoweverManyLeaveAtOnce(seed: UInt64) throws {
        var plan = Plan.scene(
            instances: 60, services: [.plain(count: 60)], script: [Scripted(at: .seconds(20), .replaceAll(cluster: 0))])
        plan.clusters[0].hooks[0].heartbeatTimeout = .seconds(3600)
        plan.policy.drain.drainTimeout = .seconds(600)
        plan.faults.readFailed = 0.5
        plan.seed = seed
        let outcome = try plan.run()
        #expect(outcome.violation == nil)
        #expect(outcome.drains.allSatisfy { $0.heartbeat.timeoutSeconds == 3600 })
        #expect(outcome.drains.allSatisfy { $0.heartbeat.count < 10 })
    }
}
