import DrainEngine
import DrainModel
import Testing

@Suite("The runner")
struct DrainRunnerTests {
    @Test("drains an empty instance: confirms the action, sets DRAINING, looks again, completes")
    func wholeWay() {
        var rig = Rig()
        rig.accept()
        rig.pass(.seconds(20))
        #expect(
            rig.calls.map(\.operation) == [
                "RecordLifecycleActionHeartbeat", "UpdateContainerInstancesState", "CompleteLifecycleAction",
            ])
        #expect(rig.runner.current.isEmpty)
    }

    @Test("judges no drain by a look that was not about its instance: one that came in while the look was under way")
    func staggeredHooks() {
        var rig = Rig(FakeCluster(hosts: 1...2))
        rig.cluster.put("task-2", on: 2)
        rig.accept(1...1)
        // The look at the first instance has begun; the second instance is found before it ends.
        rig.now = Rig.start + .seconds(5)
        let pending = rig.runner.handle(.tick, at: rig.now)
        rig.accept(2...2)
        for case .read(let read) in pending { rig.tell(.read(read, rig.cluster.answer(to: read))) }
        rig.pass(.seconds(60))
        #expect(rig.current(2)?.phase == .draining)
        #expect(rig.current(2)?.tasks.map(\.arn) == ["task-2"])
    }

    @Test("looks once at a cluster for all of its drains, in AWS's batches")
    func oneLookForAll() {
        var rig = Rig(FakeCluster(hosts: 1...20))
        rig.accept(1...20)
        rig.pass(.seconds(5))
        rig.forgetWhatWasAsked()
        rig.pass(.seconds(5))
        #expect(rig.reads.count { if case .describeContainerInstances = $0 { true } else { false } } == 1)
    }

    @Test("never looks at a cluster more often than once a poll interval, however many drains come in")
    func pacesLooks() {
        var rig = Rig(FakeCluster(hosts: 1...10))
        for number in 1...10 {
            rig.accept(number...number)
            rig.pass(.milliseconds(900))
        }
        // The search describes each instance once as well.
        let looks = rig.reads.count {
            if case .describeContainerInstances(_, let hosts) = $0 { hosts.count >= 1 } else { false }
        }
        #expect(looks - 10 <= 3)
    }

    @Test("looks less often while nothing changes, and at every interval when a drain is close")
    func stretchesLooks() {
        var rig = Rig()
        rig.cluster.services["agent"] = ObservedService(name: "agent", isDaemon: true, desiredCount: 1)
        rig.cluster.put("daemon", on: 1, service: "agent")
        rig.cluster.put("task-1", on: 1)
        rig.accept()
        rig.pass(.seconds(600))
        rig.forgetWhatWasAsked()
        rig.pass(.seconds(300))
        let calmLooks = rig.reads.count { if case .describeContainerInstances = $0 { true } else { false } }
        #expect((9...11).contains(calmLooks))
        rig.cluster.put("task-1", on: 1, lastStatus: "STOPPED")
        rig.pass(.seconds(40))
        rig.forgetWhatWasAsked()
        rig.pass(.seconds(30))
        let closeLooks = rig.reads.count { if case .describeContainerInstances = $0 { true } else { false } }
        #expect((5...7).contains(closeLooks))
    }

    @Test("asks for a call only after the decision behind it is durable")
    func recordThenCall() {
        var rig = Rig()
        rig.recordsFail = true
        rig.accept()
        rig.pass(.seconds(30))
        #expect(rig.count("UpdateContainerInstancesState") == 0)
        rig.recordsFail = false
        rig.pass(.seconds(30))
        #expect(rig.count("UpdateContainerInstancesState") == 1)
    }

    @Test("sets the instances of one cluster to DRAINING in batches of ten")
    func batchesDraining() {
        var rig = Rig(FakeCluster(hosts: 1...23))
        rig.tell(.recovered((1...23).map { rig.drain($0) }))
        rig.pass(.seconds(10))
        #expect(rig.batches.filter { $0 > 1 }.sorted() == [3, 10, 10])
    }

    @Test("does not repeat a completion while one is under way")
    func oneCompletionAtATime() {
        var rig = Rig(FakeCluster(hosts: 1...1, .draining))
        rig.silent = ["CompleteLifecycleAction"]
        rig.accept()
        rig.pass(.seconds(600))
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }

    @Test("repeats a completion that failed, less and less often")
    func repeatsCompletion() {
        var rig = Rig(FakeCluster(hosts: 1...1, .draining))
        rig.answers["CompleteLifecycleAction"] = .refused("AccessDenied")
        rig.accept()
        rig.pass(.seconds(600))
        #expect((12...16).contains(rig.count("CompleteLifecycleAction")))
    }

    @Test("forgets a drain only when its end is recorded")
    func forgetsFinished() {
        var rig = Rig(FakeCluster(hosts: 1...1, .draining))
        rig.silent = ["CompleteLifecycleAction"]
        rig.accept()
        rig.recordsFail = true
        rig.tell(.answered([.complete(rig.drain().id, Rig.action(), .continue): .done]))
        #expect(rig.runner.current.map(\.phase) == [.finished])
        rig.recordsFail = false
        rig.pass(.seconds(10))
        #expect(rig.runner.current.isEmpty)
        #expect(rig.runner.wakeAt(after: rig.now) == nil)
    }

    @Test("sends heartbeats in time although nothing can be seen and nothing recorded")
    func heartbeatsNeedNothing() {
        var rig = Rig()
        rig.accept()
        rig.cluster.failures = [.describeContainerInstances("web", ["host-1"]): ReadFailure("AWS is away")]
        rig.recordsFail = true
        rig.pass(.seconds(3000))
        #expect(rig.count("RecordLifecycleActionHeartbeat") == 2)
    }

    @Test("sends heartbeats while a decided completion cannot be recorded")
    func heartbeatsAfterDecision() {
        var rig = Rig(FakeCluster(hosts: 1...1, .draining))
        rig.recordsFail = true
        rig.accept()
        #expect(rig.current()?.phase == .completing)
        rig.pass(.seconds(3500))
        #expect(rig.count("RecordLifecycleActionHeartbeat") == 2)
    }

    @Test("sends heartbeats for every drain, not for the first few, and none waits for the budget")
    func heartbeatsForAll() {
        var rig = Rig(FakeCluster(hosts: 1...100))
        rig.tell(.recovered((1...100).map { rig.drain($0) }))
        #expect(rig.count("RecordLifecycleActionHeartbeat") == 100)
    }

    @Test("sends a heartbeat at once for each drain that it takes up: nobody knows how long ago the last one was")
    func heartbeatsAfterRestart() {
        var rig = Rig(FakeCluster(hosts: 1...3))
        var drains = (1...3).map { rig.drain($0) }
        for index in drains.indices {
            rig.cluster.put(TaskARN("task-\(index + 1)"), on: index + 1)
            drains[index].heartbeat.lastAt = rig.now
            drains[index].heartbeat.timeoutSeconds = 3600
        }
        rig.tell(.recovered(drains))
        #expect(rig.count("RecordLifecycleActionHeartbeat") == 3)
    }

    @Test("does not ask again and again at once whether a decided action still waits")
    func restsAfterNoActiveAction() {
        var rig = Rig(FakeCluster(hosts: 1...1, .draining))
        var decided = rig.drain()
        decided.decision = .init(result: .continue, outcome: .drained, at: Rig.start)
        rig.answers = [
            "RecordLifecycleActionHeartbeat": .noActiveAction,
            "CompleteLifecycleAction": .refused("ServiceUnavailable"),
        ]
        rig.tell(.recovered([decided]))
        rig.pass(.seconds(5))
        #expect(rig.count("RecordLifecycleActionHeartbeat") < 5)
    }

    @Test("times a margin anew that another process had begun to time")
    func marginsAfterRestart() {
        var policy = Rig.calm
        policy.drain.consistencyMargin = .seconds(5)
        var rig = Rig(FakeCluster(hosts: 1...1, .draining), policy: policy)
        var drain = rig.drain()
        drain.heartbeat.lastAt = rig.now
        drain.outOfServiceSince = rig.now - .seconds(600)
        rig.tell(.recovered([drain]))
        rig.pass(.seconds(4))
        #expect(rig.count("CompleteLifecycleAction") == 0)
        rig.pass(.seconds(10))
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }

    @Test("takes up a recovered decision where it was left, and believes that its completion may have got through")
    func recoveredDecision() {
        var rig = Rig()
        var decided = rig.drain()
        decided.decision = .init(result: .continue, outcome: .drained, at: Rig.start)
        rig.silent = ["CompleteLifecycleAction", "RecordLifecycleActionHeartbeat"]
        rig.tell(.recovered([decided]))
        rig.tell(.answered([.complete(decided.id, Rig.action(), .continue): .noActiveAction]))
        #expect(rig.calls.contains(.complete(decided.id, Rig.action(), .continue)))
        #expect(rig.runner.current.isEmpty)
    }

    @Test("does not complete, after a restart, by the instance alone what it may have completed long ago")
    func recoveredWithoutToken() {
        var rig = Rig()
        var decided = rig.drain(token: nil)
        decided.decision = .init(result: .continue, outcome: .drained, at: Rig.start - .seconds(120))
        rig.tell(.recovered([decided]))
        #expect(rig.calls.isEmpty)
    }

    @Test("ignores a drain that it knows, one that is finished, and one whose end it has recorded")
    func ignoresKnown() {
        var rig = Rig(FakeCluster(hosts: 1...1, .draining))
        rig.accept()
        let known = rig.runner.current
        rig.accept()
        #expect(rig.runner.current == known)
        rig.pass(.seconds(60))
        rig.accept()
        #expect(rig.runner.current.isEmpty)
    }

    @Test("lets a newer action of the same instance take the older one's place, whichever comes first")
    func supersedes() {
        let base = Rig()
        let older = base.drain(1, token: "old", startedAt: Rig.start - .seconds(100))
        let newer = base.drain(1, token: "new")
        for order in [[older, newer], [newer, older]] {
            var rig = Rig()
            rig.recordsFail = true
            for drain in order { rig.tell(.accepted(drain)) }
            #expect(rig.runner.current.first { $0.id == older.id }?.outcome == .gone)
            #expect(rig.runner.current.first { $0.id == newer.id }?.outcome == nil)
        }
    }

    @Test("completes none before all that are known to be leaving are out of service")
    func marksAllFirst() {
        var rig = Rig(FakeCluster(hosts: 1...2, .draining))
        rig.cluster.setHost(2, .active)
        rig.silent = ["UpdateContainerInstancesState", "CompleteLifecycleAction"]
        let drains = (1...2).map { rig.drain($0) }
        rig.tell(.recovered(drains))
        rig.pass(.seconds(50))
        #expect(rig.current(1)?.phase == .completing)
        #expect(rig.count("CompleteLifecycleAction") == 0)
        // One that cannot be taken out of service keeps the others only for a while.
        rig.pass(.seconds(15))
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }

    @Test("keeps to as many drains in progress as the setting says")
    func maximumConcurrent() {
        var policy = Rig.calm
        policy.drain.maximumConcurrent = 2
        var rig = Rig(FakeCluster(hosts: 1...5), policy: policy)
        for number in 1...5 { rig.cluster.put(TaskARN("task-\(number)"), on: number) }
        rig.tell(.recovered((1...5).map { rig.drain($0) }))
        rig.pass(.seconds(30))
        #expect(rig.runner.current.count { $0.phase == .draining } == 2)
        #expect(rig.runner.current.count { $0.phase == .queued } == 3)
        for number in 1...5 { rig.cluster.put(TaskARN("task-\(number)"), on: number, lastStatus: "STOPPED") }
        rig.pass(.seconds(120))
        #expect(rig.runner.current.isEmpty)
    }

    @Test("gives the free place to the next one, when the first in the queue waits for a protected task")
    func passesOverWhatCannotBegin() {
        var policy = Rig.calm
        policy.drain.maximumConcurrent = 1
        var rig = Rig(FakeCluster(hosts: 1...3), policy: policy)
        for number in 1...3 { rig.cluster.put(TaskARN("task-\(number)"), on: number, service: "shop") }
        rig.cluster.services["shop"] = ObservedService(name: "shop", desiredCount: 0)
        rig.cluster.protected["task-2"] = rig.now + .seconds(3600)
        rig.tell(.recovered((1...3).map { rig.drain($0) }))
        rig.pass(.seconds(30))
        #expect(rig.runner.current.filter { $0.phase == .draining }.map(\.instance) == ["i-1"])
        rig.cluster.put("task-1", on: 1, service: "shop", lastStatus: "STOPPED")
        rig.pass(.seconds(60))
        #expect(rig.runner.current.filter { $0.phase == .draining }.map(\.instance) == ["i-3"])
    }

    @Test("reads a hook again for each new drain of its group")
    func readsHooksAgain() {
        var rig = Rig(FakeCluster(hosts: 1...2))
        rig.accept(1...1)
        rig.cluster.hooks = [
            ObservedHook(name: "hook", transition: .terminating, heartbeatTimeoutSeconds: 60, notificationTarget: nil)
        ]
        rig.accept(2...2)
        #expect(rig.runner.current.map(\.heartbeat.timeoutSeconds) == [60, 60])
    }

    @Test("looks first where the hook's metadata or the group's other instances say")
    func likelyClusters() {
        var policy = Rig.calm
        policy.clusters = ["other", "web"]
        var rig = Rig(FakeCluster(hosts: 1...2), policy: policy)
        rig.accept(1...1)
        rig.forgetWhatWasAsked()
        rig.accept(2...2)
        #expect(!rig.reads.contains(.listContainerInstances("other", ["i-2"], page: nil)))
    }

    @Test("finds an instance although another of the served clusters does not exist")
    func deadCluster() {
        var policy = Rig.calm
        policy.clusters = ["gone", "web"]
        var rig = Rig(policy: policy)
        rig.cluster.failures = [
            .listContainerInstances("gone", ["i-1"], page: nil): ReadFailure("no such cluster", isNotFound: true)
        ]
        rig.accept()
        #expect(rig.current()?.location?.cluster == "web")
    }

    @Test("takes an instance for not ours only when every served cluster has answered")
    func absentOnlyWhenAllAnswer() {
        var policy = Rig.calm
        policy.clusters = ["silent", "web"]
        var rig = Rig(FakeCluster(hosts: 2...2), policy: policy)
        rig.cluster.failures = [.listContainerInstances("silent", ["i-1"], page: nil): ReadFailure("timed out")]
        rig.accept()
        rig.pass(.seconds(300))
        #expect(rig.current()?.absentSince == nil)
        rig.cluster.failures = [:]
        rig.pass(.seconds(300))
        #expect(rig.runner.current.isEmpty)
    }

    @Test("is never woken twice for the same moment in vain")
    func wakesInTheFuture() {
        var rig = Rig(FakeCluster(hosts: 1...3))
        for number in 1...3 { rig.cluster.put(TaskARN("task-\(number)"), on: number) }
        rig.accept(1...3)
        for _ in 0..<200 {
            guard let wake = rig.runner.wakeAt(after: rig.now) else { break }
            #expect(wake > rig.now)
            rig.now = max(rig.now, wake)
            rig.tell(.tick)
        }
        #expect(rig.now > Rig.start + .seconds(300))
    }

    private func asked(of rig: Rig, completesAction: Bool = true) -> Drain {
        DrainMachine.acceptManual("i-1", completesAction: completesAction, at: rig.now, policy: rig.policy.drain)
    }

    @Test("finds the action that an operator wants completed, keeps it alive and completes it")
    func completesSoughtAction() {
        var rig = Rig()
        rig.cluster.waiting = ["i-1"]
        rig.tell(.accepted(asked(of: rig)))
        rig.pass(.seconds(30))
        #expect(
            rig.calls.map(\.operation).prefix(2) == ["RecordLifecycleActionHeartbeat", "UpdateContainerInstancesState"])
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }

    @Test("asks again for the hooks that it could not read, before it drains for an operator")
    func asksAgainForHooks() {
        var rig = Rig()
        rig.cluster.waiting = ["i-1"]
        rig.cluster.failures[.describeLifecycleHooks("asg")] = ReadFailure("AccessDenied")
        rig.tell(.accepted(asked(of: rig)))
        #expect(rig.calls.isEmpty)
        #expect(rig.current()?.blockedBy.map(\.code) == [.hookUnread])
        rig.cluster.failures = [:]
        rig.pass(.seconds(30))
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }

    @Test("leaves to its own drain an action that came in by a message, although an operator asks as well")
    func leavesKnownAction() {
        var rig = Rig()
        rig.silent = ["CompleteLifecycleAction"]
        rig.cluster.waiting = ["i-1"]
        rig.accept()
        rig.tell(.accepted(asked(of: rig)))
        rig.pass(.seconds(30))
        #expect(rig.runner.current.compactMap(\.action).count == 1)
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }

    @Test("completes also what an operator asks for after the drain has begun")
    func seeksLater() {
        var rig = Rig()
        let drain = asked(of: rig, completesAction: false)
        rig.cluster.waiting = ["i-1"]
        rig.tell(.accepted(drain))
        rig.tell(.seekAction(drain.id))
        rig.pass(.seconds(30))
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }
}
