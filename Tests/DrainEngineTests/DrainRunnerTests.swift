import DrainEngine
import DrainModel
import Testing

@Suite("The runner")
struct DrainRunnerTests {
    let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    let policy = DrainPolicy()

    private func drain(_ number: Int = 1, token: String = "t", startedAt: Timestamp? = nil) -> Drain {
        let action = LifecycleAction(
            autoScalingGroup: "asg", lifecycleHook: "hook", instance: InstanceID("i-\(number)"),
            token: LifecycleActionToken(token), transition: .terminating, startedAt: startedAt ?? start)
        return DrainMachine.accept(action, from: .sns, at: start, policy: policy)
    }

    private func location(_ number: Int = 1) -> Drain.Location {
        Drain.Location(cluster: "web", containerInstance: ContainerInstanceARN("host-\(number)"))
    }

    private func empty(_ numbers: ClosedRange<Int>, status: ContainerInstance.Status) -> ClusterSnapshot {
        let hosts = numbers.map { number in
            ContainerInstance(
                arn: ContainerInstanceARN("host-\(number)"), instance: InstanceID("i-\(number)"), status: status,
                agentConnected: true)
        }
        return ClusterSnapshot(
            cluster: "web", takenAt: start,
            containerInstances: Dictionary(uniqueKeysWithValues: hosts.map { ($0.arn, $0) }),
            listedContainerInstances: Set(hosts.map(\.arn)))
    }

    /// A runner whose drains are accepted, located and durable, with a look under way.
    private func runner(looking numbers: ClosedRange<Int>) -> DrainRunner {
        var runner = DrainRunner(policy: policy)
        for number in numbers { _ = runner.handle(.accepted(drain(number)), at: start) }
        _ = runner.handle(.hookRead("hook", "asg", LifecycleHookTiming(heartbeatTimeoutSeconds: 3600)), at: start)
        _ = runner.handle(.persisted, at: start)
        let found = Dictionary(uniqueKeysWithValues: numbers.map { (InstanceID("i-\($0)"), location($0)) })
        _ = runner.handle(.located(Whereabouts(found: found)), at: start)
        // What came in while the first search was under way is searched for next.
        _ = runner.handle(.located(Whereabouts(found: found)), at: start)
        settle(&runner, at: start)
        return runner
    }

    /// Answers every commit with success until none is under way; gives the calls that became ready.
    @discardableResult
    private func settle(_ runner: inout DrainRunner, at now: Timestamp) -> [Call] {
        var calls: [Call] = []
        for _ in 0..<5 {
            for case .perform(let batch) in runner.handle(.persisted, at: now) { calls += batch }
        }
        return calls
    }

    @Test("searches for a new drain's instance and reads its hook at once")
    func firstEffects() {
        var runner = DrainRunner(policy: policy)
        let effects = runner.handle(.accepted(drain()), at: start)
        #expect(effects == [.locate(["i-1"]), .readHook("hook", "asg")])
    }

    @Test("looks once at a cluster for all of its drains")
    func oneLookForAll() {
        var runner = DrainRunner(policy: policy)
        let drains = (1...20).map { number in DrainMachine.located(drain(number), at: location(number), now: start) }
        let looks = runner.handle(.recovered(drains), at: start).compactMap { effect in
            if case .look(let request) = effect { request } else { nil }
        }
        #expect(looks.count == 1)
        #expect(looks.first?.hosts.count == 20)
    }

    @Test("does not look again before the poll interval has passed, nor while a look is under way")
    func pacesLooks() {
        var runner = runner(looking: 1...1)
        #expect(!runner.handle(.tick, at: start + .seconds(60)).contains { $0.isLook })
        let answered = start + .seconds(1)
        #expect(!runner.handle(.looked(empty(1...1, status: .active)), at: answered).contains { $0.isLook })
        settle(&runner, at: answered)
        #expect(runner.wakeAt == start + policy.pollInterval)
        #expect(runner.handle(.tick, at: start + policy.pollInterval).contains { $0.isLook })
    }

    @Test("asks for a call only after the decision behind it is durable")
    func recordThenCall() {
        var runner = runner(looking: 1...1)
        let effects = runner.handle(.looked(empty(1...1, status: .active)), at: start)
        #expect(effects.allSatisfy { $0.isPersist })
        #expect(effects.count == 1)
        #expect(runner.handle(.persisted, at: start) == [.perform([.setDraining(drain().id, location())])])
    }

    @Test("asks for no call when the decision behind it could not be recorded, and tries again later")
    func recordFails() {
        var runner = runner(looking: 1...1)
        _ = runner.handle(.looked(empty(1...1, status: .draining)), at: start)
        #expect(runner.handle(.persistFailed(reason: "disk full"), at: start).isEmpty)
        #expect(runner.wakeAt == start + policy.retryInterval)
        let later = start + policy.retryInterval
        #expect(runner.handle(.tick, at: later).allSatisfy { $0.isPersist })
        #expect(runner.handle(.persisted, at: later) == [.perform([.complete(drain().id, drain().action, .continue)])])
    }

    @Test("sets the instances of one cluster to DRAINING in one batch")
    func batchesDraining() {
        var runner = runner(looking: 1...3)
        _ = runner.handle(.looked(empty(1...3, status: .active)), at: start)
        let effects = runner.handle(.persisted, at: start)
        #expect(effects.count == 1)
        guard case .perform(let calls) = effects.first else { return #expect(Bool(false), "not a call") }
        #expect(calls.count == 3)
    }

    @Test("does not repeat a completion while one is under way, and repeats it after a failure")
    func oneCompletionAtATime() {
        var runner = runner(looking: 1...1)
        _ = runner.handle(.looked(empty(1...1, status: .draining)), at: start)
        let complete = Call.complete(drain().id, drain().action, .continue)
        #expect(settle(&runner, at: start) == [complete])
        #expect(runner.handle(.tick, at: start + .seconds(30)).isEmpty)
        _ = runner.handle(.answered([complete: .failed("no answer")]), at: start + .seconds(30))
        settle(&runner, at: start + .seconds(30))
        #expect(runner.wakeAt == start + .seconds(35))
        #expect(runner.handle(.tick, at: start + .seconds(35)) == [.perform([complete])])
    }

    @Test("forgets a drain only when its end is recorded")
    func forgetsFinished() {
        var runner = runner(looking: 1...1)
        _ = runner.handle(.looked(empty(1...1, status: .draining)), at: start)
        settle(&runner, at: start)
        _ = runner.handle(.answered([.complete(drain().id, drain().action, .continue): .done]), at: start)
        #expect(runner.current.map(\.phase) == [.finished])
        _ = runner.handle(.persisted, at: start)
        #expect(runner.current.isEmpty)
        #expect(runner.wakeAt == nil)
    }

    @Test("sends a heartbeat in time although no look succeeds and nothing can be recorded")
    func heartbeatsNeedNothing() {
        var runner = runner(looking: 1...1)
        _ = runner.handle(.lookFailed("web", ObservationFailure("AWS is away")), at: start)
        _ = runner.handle(.persistFailed(reason: "disk full"), at: start)
        let effects = runner.handle(.tick, at: start + .seconds(1800))
        #expect(effects.contains(.perform([.recordHeartbeat(drain().id, drain().action)])))
    }

    @Test("sends heartbeats for every drain, not for the first few")
    func heartbeatsForAll() {
        var runner = runner(looking: 1...50)
        let effects = runner.handle(.tick, at: start + .seconds(1800))
        #expect(effects.count { if case .perform(let calls) = $0 { calls.count == 1 } else { false } } == 50)
    }

    @Test("takes up a recovered decision where it was left, and completes it")
    func recoveredDecision() {
        var runner = DrainRunner(policy: policy)
        var decided = DrainMachine.located(drain(), at: location(), now: start)
        decided = DrainMachine.judge(decided, by: empty(1...1, status: .draining), at: start, policy: policy).drain
        let complete = Call.complete(decided.id, decided.action, .continue)
        #expect(runner.handle(.recovered([decided]), at: start).contains(.perform([complete])))
        // The completion before the crash had reached Auto Scaling.
        _ = runner.handle(.answered([complete: .noActiveAction]), at: start)
        #expect(runner.current.first?.outcome == .drained)
    }

    @Test("ignores a drain that it already knows, and one that is finished")
    func ignoresKnown() {
        var runner = runner(looking: 1...1)
        #expect(runner.handle(.accepted(drain(1)), at: start).isEmpty)
        let finished = DrainMachine.superseded(drain(2), at: start)
        #expect(runner.handle(.accepted(finished), at: start).isEmpty)
        #expect(runner.current.count == 1)
    }

    @Test("lets a newer action of the same instance take the older one's place, whichever comes first")
    func supersedes() {
        let older = drain(1, token: "old", startedAt: start - .seconds(100))
        let newer = drain(1, token: "new", startedAt: start)
        for order in [[older, newer], [newer, older]] {
            var runner = DrainRunner(policy: policy)
            for drain in order { _ = runner.handle(.accepted(drain), at: start) }
            #expect(runner.current.first { $0.id == older.id }?.outcome == .gone)
            #expect(runner.current.first { $0.id == newer.id }?.phase == .accepted)
        }
    }

    @Test("lists an instance's tasks again until a listing was made while it was DRAINING")
    func listsUntilClosed() {
        var runner = runner(looking: 1...1)
        let task = ObservedTask(
            arn: "task-1", containerInstance: "host-1", service: nil, desiredStatus: "RUNNING", lastStatus: "RUNNING",
            health: .notChecked)
        for (status, mustList, at) in [(ContainerInstance.Status.active, true, 5), (.draining, false, 10)] {
            var snapshot = empty(1...1, status: status)
            snapshot.tasks[task.arn] = task
            _ = runner.handle(.looked(snapshot), at: start + .seconds(at - 5))
            settle(&runner, at: start + .seconds(at - 5))
            let effects = runner.handle(.tick, at: start + .seconds(at))
            guard let request = effects.compactMap({ if case .look(let it) = $0 { it } else { nil } }).first else {
                return #expect(Bool(false), "no look")
            }
            #expect(request.hosts["host-1"]?.mustList == mustList)
            #expect(request.hosts["host-1"]?.knownTasks == ["task-1"])
        }
    }

    @Test("is never to be woken at a time that has passed once it was told that it came")
    func wakesInTheFuture() {
        var runner = runner(looking: 1...3)
        var now = start
        for _ in 0..<200 {
            guard let wake = runner.wakeAt else { break }
            now = max(now, wake)
            for effect in runner.handle(.tick, at: now) where effect.isLook {
                _ = runner.handle(.looked(empty(1...3, status: .active)), at: now)
            }
            settle(&runner, at: now)
            #expect(runner.wakeAt.map { $0 > now } ?? true)
        }
        #expect(now > start + .seconds(300))
    }
}

extension DrainRunner.Effect {
    var isLook: Bool { if case .look = self { true } else { false } }
    var isPersist: Bool { if case .persist = self { true } else { false } }
}
