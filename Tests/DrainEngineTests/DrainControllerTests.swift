import DrainEngine
import DrainModel
import Testing

@Suite("The controller", .timeLimit(.minutes(1)))
struct DrainControllerTests {
    private let stage = Stage()
    private let clock: ManualClock
    private let controller: DrainController

    init() {
        clock = ManualClock(stage.start)
        controller = DrainController(
            ledger: stage, observer: stage, actuator: stage, clock: clock, policy: stage.policy, report: { _ in })
    }

    private func action(_ number: Int = 1) -> LifecycleAction {
        LifecycleAction(
            autoScalingGroup: "asg", lifecycleHook: "hook", instance: InstanceID("i-\(number)"), token: "token",
            transition: .terminating, startedAt: stage.start)
    }

    private func id(_ number: Int = 1) -> DrainID {
        DrainMachine.accept(action(number), from: .sns, at: stage.start, policy: stage.policy.drain).id
    }

    /// Runs the controller beside the body, and stops it after.
    private func whileRunning(_ body: () async throws -> Void) async throws {
        async let running: Void = controller.run()
        while !controller.isReady { await Task.yield() }
        try await body()
        controller.stop()
        try await running
    }

    /// One look sets the instance DRAINING, the next finds it drained.
    private func passUntilCompleted() async {
        await stage.wait(for: .called("UpdateContainerInstancesState"))
        clock.advance(by: stage.policy.drain.pollInterval)
        await stage.wait(for: .called("CompleteLifecycleAction"))
    }

    @Test("accepts nothing before it has taken up what is recorded")
    func refusesEarly() async {
        await #expect(throws: LedgerError.unavailable("draind is still starting")) {
            try await controller.accept(action(), from: .sns)
        }
    }

    @Test("has recorded a drain when it says that it accepted it")
    func recordsFirst() async throws {
        try await whileRunning {
            try await controller.accept(action(), from: .sns)
            let recorded = try await stage.drain(id())
            #expect(recorded != nil)
        }
    }

    @Test("knows an action that it has accepted before")
    func knowsDuplicates() async throws {
        try await whileRunning {
            let isNew = [
                try await controller.accept(action(), from: .sns), try await controller.accept(action(), from: .sns),
            ]
            #expect(isNew == [true, false])
        }
    }

    @Test("has recorded a Spot interruption when it says that it accepted it, and knows it the next time")
    func recordsInterruption() async throws {
        try await whileRunning {
            let first = try await controller.accept(interruptionOf: "i-1", warnedAt: stage.start, from: .sns)
            let open = try await stage.activeDrains()
            #expect(open.map(\.takenBackAt) == [stage.start + .seconds(120)])
            let second = try await controller.accept(interruptionOf: "i-1", warnedAt: stage.start, from: .sns)
            #expect([first, second] == [.accepted, .known])
        }
    }

    @Test("records no interruption whose two minutes are over")
    func lateInterruption() async throws {
        try await whileRunning {
            let receipt = try await controller.accept(
                interruptionOf: "i-1", warnedAt: stage.start - .seconds(120), from: .sns)
            #expect(receipt == .tooLate)
            #expect(try await stage.activeDrains().isEmpty)
        }
    }

    @Test("tells the sender when the ledger cannot be written")
    func passesLedgerErrors() async throws {
        try await whileRunning {
            stage.failWrites(with: .unavailable("disk full"))
            await #expect(throws: LedgerError.unavailable("disk full")) {
                try await controller.accept(action(), from: .sns)
            }
            stage.failWrites(with: nil)
        }
    }

    @Test("drains an instance: marks it, looks until it is drained, completes, records the end")
    func wholeWay() async throws {
        try await whileRunning {
            try await controller.accept(action(), from: .sns)
            await passUntilCompleted()
            await stage.wait(for: .recorded(id(), .finished))
        }
        #expect(try await stage.drain(id())?.outcome == .drained)
    }

    @Test("has the decision on record before it completes")
    func decisionFirst() async throws {
        try await whileRunning {
            try await controller.accept(action(), from: .sns)
            await passUntilCompleted()
        }
        let decided = try #require(stage.events.firstIndex(of: .recorded(id(), .completing)))
        let completed = try #require(stage.events.firstIndex(of: .called("CompleteLifecycleAction")))
        #expect(decided < completed)
    }

    @Test("completes nothing while the decision cannot be recorded, and completes it when it can")
    func waitsForTheLedger() async throws {
        try await whileRunning {
            try await controller.accept(action(), from: .sns)
            await stage.wait(for: .called("UpdateContainerInstancesState"))
            stage.failWrites(with: .unavailable("disk full"))
            clock.advance(by: stage.policy.drain.pollInterval)
            await stage.wait(for: .recordingFailed)
            #expect(!stage.events.contains(.called("CompleteLifecycleAction")))
            stage.failWrites(with: nil)
            // The failure is on its way to the runner; time passes until it has decided when to try again.
            while !stage.events.contains(.called("CompleteLifecycleAction")) {
                clock.advance(by: stage.policy.drain.retryInterval)
                await Task.yield()
            }
        }
    }

    @Test("takes up the drains that it finds in the ledger")
    func recovers() async throws {
        let epoch = try await stage.beginEpoch()
        let drain = DrainMachine.accept(action(), from: .sns, at: stage.start, policy: stage.policy.drain)
        _ = try await stage.accept(drain, epoch: epoch)
        try await whileRunning { await passUntilCompleted() }
    }

    @Test("a stop waits for the answer of a call under way and records it")
    func stopsInOrder() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        async let running: Void = controller.run()
        while !controller.isReady { await Task.yield() }
        try await controller.accept(action(), from: .sns)
        await stage.wait(for: .called("UpdateContainerInstancesState"))
        stage.hold(until: gate)
        clock.advance(by: stage.policy.drain.pollInterval)
        await stage.wait(for: .called("CompleteLifecycleAction"))
        controller.stop()
        open.yield()
        try await running
        #expect(stage.events.last == .recorded(id(), .finished))
    }

    @Test("ends with an error when another writer has taken the ledger over")
    func fenced() async throws {
        let running = Task { try await controller.run() }
        while !controller.isReady { await Task.yield() }
        try await controller.accept(action(), from: .sns)
        stage.failWrites(with: .fenced)
        await #expect(throws: LedgerError.fenced) { try await running.value }
    }

    @Test("has an operator's drain on record when it answers, and gives the one that is open when asked again")
    func operatorsDrain() async throws {
        try await whileRunning {
            let drain = try await controller.drain("i-1", in: "web", completesAction: false)
            #expect(try await stage.drain(drain.id)?.namedCluster == "web")
            await stage.wait(for: .called("UpdateContainerInstancesState"))
            let again = try await controller.drain("i-1", in: nil, completesAction: false)
            #expect(again.id == drain.id)
        }
    }

    @Test("has a cancellation on record when it answers, and takes it twice")
    func cancels() async throws {
        try await whileRunning {
            try await controller.accept(action(), from: .sns)
            await stage.wait(for: .called("UpdateContainerInstancesState"))
            #expect(try await controller.cancel(id()).decision?.outcome == .cancelled)
            #expect(try await stage.drain(id())?.decision?.outcome == .cancelled)
            #expect(try await controller.cancel(id()).decision?.outcome == .cancelled)
        }
    }

    @Test("completes as an operator says, and refuses to call off what is completed")
    func completes() async throws {
        try await whileRunning {
            try await controller.accept(action(), from: .sns)
            let decided = try await controller.complete(id(), with: .abandon)
            #expect(decided.decision?.result == .abandon)
            await stage.wait(for: .called("CompleteLifecycleAction"))
            let refusal = await #expect(throws: OperatorRefusal.self) { try await controller.cancel(id()) }
            if case .decided = refusal { return }
            Issue.record("refused because of \(String(describing: refusal))")
        }
    }

    @Test("knows no drain of an id that it never gave")
    func unknownDrain() async throws {
        try await whileRunning {
            await #expect(throws: OperatorRefusal.unknown) { try await controller.cancel("i-9-0") }
        }
    }

    @Test("tells an operator when the word could not be recorded")
    func wordNotRecorded() async throws {
        try await whileRunning {
            try await controller.accept(action(), from: .sns)
            await stage.wait(for: .called("UpdateContainerInstancesState"))
            stage.failWrites(with: .unavailable("disk full"))
            await #expect(throws: OperatorRefusal.self) { try await controller.cancel(id()) }
            stage.failWrites(with: nil)
        }
    }

    @Test("leaves no operator waiting who speaks when it has ended")
    func speaksTooLate() async throws {
        try await whileRunning { try await controller.accept(action(), from: .sns) }
        await #expect(throws: OperatorRefusal.ledger(.unknownOutcome("draind is ending"))) {
            try await controller.cancel(id())
        }
    }
}
