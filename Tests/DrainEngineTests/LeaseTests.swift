import DrainEngine
import DrainModel
import Synchronization
import Testing

@Suite("On a ledger that several share, a controller", .timeLimit(.minutes(1)))
struct LeaseTests {
    private let shared = SharedStage()
    private let clock: ManualClock
    private let (one, other): (DrainController, DrainController)

    init() {
        let (shared, clock) = (shared, ManualClock(shared.stage.start))
        self.clock = clock
        let controller = { (name: String) in
            DrainController(
                ledger: shared, observer: shared.stage, actuator: shared.stage, clock: clock,
                policy: shared.stage.policy, holder: Lease.Holder(name: name), report: { _ in })
        }
        (one, other) = (controller("one"), controller("other"))
    }

    private var action: LifecycleAction {
        LifecycleAction(
            autoScalingGroup: "asg", lifecycleHook: "hook", instance: "i-1", token: "token", transition: .terminating,
            startedAt: shared.stage.start)
    }

    private var id: DrainID {
        DrainMachine.accept(action, from: .sns, at: shared.stage.start, policy: shared.stage.policy.drain).id
    }

    private func passTime(until isSo: () async throws -> Bool) async rethrows {
        while try await !isSo() {
            clock.advance(by: .milliseconds(100))
            for _ in 0..<5 { await Task.yield() }
        }
    }

    /// Both run beside the body: ``one`` decides, ``other`` stands by.
    private func whileBothRun(_ body: () async throws -> Void) async throws {
        async let first: Void = one.run()
        await passTime { shared.holder == "one" && one.isReady }
        async let second: Void = other.run()
        await passTime { other.isReady }
        try await body()
        one.stop()
        other.stop()
        try await first
        try await second
    }

    private var isCompleted: Bool { shared.stage.events.contains(.called("CompleteLifecycleAction")) }

    @Test("hands the lease over when it is stopped, and the next decides at once")
    func handover() async throws {
        try await whileBothRun {
            one.stop()
            let stoppedAt = clock.now()
            await passTime { shared.holder == "other" }
            #expect(clock.now() - stoppedAt < LeaseKeeper.patience / 2)
        }
    }

    @Test("says whether it decides, and in which epoch")
    func role() async throws {
        try await whileBothRun {
            await passTime { one.role == .decides(in: Epoch(number: 1)) }
            #expect(other.role == .standsBy)
            one.stop()
            await passTime { other.role == .decides(in: Epoch(number: 2)) }
            #expect(one.role == .standsBy)
        }
    }

    @Test("accepts while another decides, which carries it out")
    func standby() async throws {
        try await whileBothRun {
            try await other.accept(action, from: .sns)
            await passTime { isCompleted }
            #expect(shared.holder == "one")
        }
    }

    @Test("learns of what others have accepted although the answer that told so was lost")
    func lostNotes() async throws {
        try await whileBothRun {
            shared.loseNotes()
            try await other.accept(action, from: .sns)
            await passTime { isCompleted }
            #expect(shared.holder == "one")
        }
    }

    @Test("hears the token that another was told, also where what it wrote itself has taken its place in the record")
    func heardToken() async throws {
        try await whileBothRun {
            var adopted = action
            adopted.token = nil
            try await one.accept(adopted, from: .reconcile)
            let id = try #require(try await shared.activeDrains().first).id
            try await shared.leave(.heard(id, "token"))
            try await passTime { try await shared.drain(id)?.action?.token == "token" }
        }
    }

    @Test("leaves what others were told to whoever has taken its lease")
    func notesOfAnother() async throws {
        async let running: Void = one.run()
        await passTime { one.role != .standsBy }
        shared.take()
        try await shared.leave(.seekAction(id))
        await passTime { one.role == .standsBy }
        #expect(try await shared.takeNotes(in: Epoch(number: 2)) == [.seekAction(id)])
        one.stop()
        try await running
    }

    @Test("carries on what the one before it has left")
    func carriesOn() async throws {
        try await whileBothRun {
            try await one.accept(action, from: .sns)
            one.stop()
            await passTime { shared.holder == "other" && isCompleted }
        }
    }

    @Test("has an operator's word carried out by the one that decides, and says so when it is recorded")
    func words() async throws {
        try await whileBothRun {
            try await other.accept(action, from: .sns)
            let isAnswered = Mutex(false)
            async let word = {
                defer { isAnswered.withLock { $0 = true } }
                return try await other.cancel(id)
            }()
            await passTime { isAnswered.withLock { $0 } }
            #expect(try await word.decision?.outcome == .cancelled)
        }
    }

    @Test("stands by again when another has taken the lease, and goes on accepting")
    func lost() async throws {
        async let running: Void = one.run()
        await passTime { shared.holder == "one" && one.isReady }
        shared.take()
        try await one.accept(action, from: .sns)
        #expect(try await shared.takeNotes(in: Epoch(number: 2)) == [.accepted(id)])
        #expect(try await shared.drain(id) != nil)
        one.stop()
        try await running
        #expect(shared.holder == "another")
    }

    @Test("tells the one that decides what has changed, if that has to do with a drain")
    func hints() async throws {
        async let running: Void = one.run()
        await passTime { shared.holder == "one" && one.isReady }
        shared.take()
        try await one.accept(action, from: .sns)
        _ = try await shared.takeNotes(in: Epoch(number: 2))
        await passTime { one.role == .standsBy }
        for instance: InstanceID in ["i-1", "i-2"] { one.note(ChangeHint(instance: instance)) }
        var notes: [Note] = []
        try await passTime {
            notes = try await shared.takeNotes(in: Epoch(number: 2))
            return !notes.isEmpty
        }
        #expect(notes == [.hinted(nil, "i-1")])
        one.stop()
        try await running
    }

    @Test("hands the lease over when AWS does not answer it, but may answer the other")
    func seclusion() async throws {
        try await whileBothRun {
            shared.stage.fallSilent()
            try await one.accept(action, from: .sns)
            await passTime { shared.holder == "other" }
            #expect(one.role == .standsBy)
        }
    }

    @Test("ends beside one that decides otherwise, also where that one came later")
    func disagreement() async throws {
        struct Otherwise: Error {}
        let contrary = DrainController(
            ledger: shared, observer: shared.stage, actuator: shared.stage, clock: clock, policy: shared.stage.policy,
            holder: Lease.Holder(name: "contrary"), objection: { _ in Otherwise() }, report: { _ in })
        try await whileBothRun {
            let error = Mutex<(any Error)?>(nil)
            async let running: Void = {
                do { try await contrary.run() } catch let found { error.withLock { $0 = found } }
            }()
            await passTime { error.withLock { $0 } != nil }
            await running
            #expect(error.withLock { $0 } is Otherwise)
        }
    }

    @Test("makes no call but heartbeats, and looks no more, once it could not renew its lease for six seconds")
    func silentLease() async throws {
        let hasEnded = Mutex(false)
        async let running: Void = {
            defer { hasEnded.withLock { $0 = true } }
            try await one.run()
        }()
        await passTime { shared.holder == "one" && one.isReady }
        shared.goAway()
        let silentAt = clock.now()
        await passTime { clock.now() > silentAt + LeaseKeeper.validity }
        try await one.accept(action, from: .sns)
        await passTime { clock.now() > silentAt + .seconds(30) }
        let asked = shared.stage.events.filter { event in
            switch event {
            case .called, .looked: true
            case .accepted, .recorded, .recordingFailed: false
            }
        }
        #expect(Set(asked) == [.called("RecordLifecycleActionHeartbeat")])
        // What it has not sent does not keep it from ending.
        one.stop()
        await passTime { hasEnded.withLock { $0 } }
        try await running
    }
}
