import DrainEngine
import DrainModel
import Testing

@Suite("The sweep")
struct OrphanSweepTests {
    private func rig(waiting: [InstanceID] = ["i-1"], hosts: ContainerInstance.Status = .active) -> Rig {
        var policy = Rig.calm
        policy.reconcileInterval = .seconds(60)
        policy.notificationTargets = ["topic"]
        var rig = Rig(FakeCluster(hosts: 1...2, hosts), policy: policy)
        rig.cluster.waiting = waiting
        return rig
    }

    @Test("adopts an instance that waits for a hook of ours and has no record")
    func adopts() {
        var rig = rig()
        rig.tell(.tick)
        #expect(rig.runner.current.map(\.instance) == ["i-1"])
        #expect(rig.runner.current.map(\.origin) == [.reconcile])
    }

    @Test("leaves alone what waits for somebody else's hook")
    func foreignHook() {
        var rig = rig()
        rig.cluster.hooks = [
            ObservedHook(
                name: "theirs", transition: .terminating, heartbeatTimeoutSeconds: 60, notificationTarget: "their-topic"
            )
        ]
        rig.tell(.tick)
        #expect(rig.runner.current.isEmpty)
    }

    @Test("adopts nothing twice, and nothing that a message told of")
    func knowsItsOwn() {
        var rig = rig()
        rig.cluster.put("task-1", on: 1)
        rig.accept()
        rig.pass(.seconds(300))
        #expect(rig.runner.current.count == 1)
        #expect(rig.runner.current.first?.origin == .sns)
    }

    @Test("learns the token from a notification that comes after all, and drains once")
    func lateNotification() {
        var rig = rig()
        rig.cluster.put("task-1", on: 1)
        rig.tell(.tick)
        guard let adopted = rig.runner.current.first else { return #expect(Bool(false), "not adopted") }
        // The ledger answers a late notification with the record that it has, the token added.
        rig.tell(.accepted(DrainMachine.heard(adopted, "token")))
        #expect(rig.runner.current.map(\.action?.token) == ["token"])
    }

    @Test("adopts an instance that came back and waits again before anybody noticed the end of its first wait")
    func waitsAgain() {
        var rig = rig(waiting: [])
        rig.cluster.put("task-1", on: 1)
        rig.accept()
        rig.pass(.seconds(10))
        rig.answers["RecordLifecycleActionHeartbeat"] = .noActiveAction
        while !rig.runner.current.isEmpty { rig.pass(.seconds(10)) }
        rig.answers = [:]
        rig.cluster.waiting = ["i-1"]
        rig.pass(.seconds(120))
        #expect(rig.runner.current.map(\.origin) == [.reconcile])
    }

    @Test("does not begin anew what has just been completed while Auto Scaling waits for another hook")
    func completedAlready() {
        var rig = rig(hosts: .draining)
        rig.accept()
        rig.pass(.seconds(60))
        rig.forgetWhatWasAsked()
        rig.pass(.seconds(600))
        #expect(rig.runner.current.isEmpty)
        #expect(rig.calls.isEmpty)
    }

    @Test("adopts what has gone to the warm pool since the last sweep, and waits to be terminated")
    func terminatedInPool() {
        var rig = rig(waiting: [], hosts: .draining)
        rig.cluster.pool = ["i-1": .entering]
        while rig.runner.current.isEmpty || !rig.calls.contains(where: { $0.operation == "CompleteLifecycleAction" }) {
            rig.pass(.seconds(10))
        }
        rig.cluster.pool = ["i-1": .ending]
        rig.pass(.seconds(60))
        #expect(rig.runner.current.map { $0.action?.entersWarmPool } == [false])
    }

    @Test("adopts what waits on its way to the warm pool, on whichever page, and says so")
    func warmPool() {
        var rig = rig(waiting: [])
        rig.cluster.pool = ["i-1": .entering, "i-2": .ending]
        rig.cluster.pageSize = 1
        rig.tell(.tick)
        #expect(rig.current(1)?.action?.destination == "WarmPool")
        #expect(rig.current(2) != nil)
        #expect(rig.current(2)?.action?.destination == nil)
    }

    @Test("asks for no warm pool of a group that has none")
    func noWarmPool() {
        var rig = rig()
        rig.tell(.tick)
        #expect(!rig.reads.contains { if case .describeWarmPool = $0 { true } else { false } })
    }

    @Test("leaves a launch hook's wait alone after it has asked twice, and does nothing to the instance")
    func launchHook() {
        var rig = rig(waiting: [])
        rig.cluster.pool = ["i-1": .entering]
        rig.answers["RecordLifecycleActionHeartbeat"] = .noActiveAction
        rig.pass(.seconds(1200))
        #expect(rig.count("RecordLifecycleActionHeartbeat") == 2)
        #expect(rig.calls.allSatisfy { $0.operation == "RecordLifecycleActionHeartbeat" })
    }

    @Test("goes on without a warm pool that cannot be read, and forgets nothing of what waits there")
    func unseenPool() {
        var rig = rig()
        rig.cluster.pool = ["i-2": .entering]
        rig.answers["RecordLifecycleActionHeartbeat"] = .noActiveAction
        rig.pass(.seconds(300))
        rig.forgetWhatWasAsked()
        rig.cluster.failures = [.describeWarmPool("asg", page: nil): ReadFailure("AccessDenied")]
        rig.pass(.seconds(120))
        rig.cluster.failures = [:]
        rig.pass(.seconds(300))
        #expect(rig.count("RecordLifecycleActionHeartbeat") == 0)
        #expect(rig.runner.current.isEmpty)
    }

    @Test("asks again soon where hooks could not be read, and less and less often where that does not change")
    func unreadHooks() {
        var rig = rig(hosts: .draining)
        rig.cluster.failures[.describeLifecycleHooks("asg")] = ReadFailure("AccessDenied")
        rig.pass(.seconds(600))
        let asked = rig.reads.count { $0 == .describeLifecycleHooks("asg") }
        #expect((12...16).contains(asked), "asked \(asked) times in ten minutes")
        rig.cluster.failures = [:]
        rig.pass(.seconds(60))
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }

    @Test("knows whether a group keeps what is abandoned, also where only other groups' instances are adopted")
    func retentionOfOtherGroups() {
        var policy = Rig.calm
        policy.reconcileInterval = .seconds(60)
        policy.autoScalingGroups = ["other"]
        var rig = Rig(policy: policy)
        rig.cluster.retainsAbandoned = true
        rig.cluster.put("task-1", on: 1)
        rig.cluster.waiting = ["i-1", "i-2"]
        rig.accept()
        rig.pass(.seconds(130))
        #expect(rig.runner.current.map(\.groupRetainsAbandoned) == [true])
        #expect(rig.reads.contains(.describeAutoScalingGroups(["asg", "other"], page: nil)))
    }

    @Test("adopts the next wait of an instance that had left in between")
    func nextWait() {
        var rig = rig(hosts: .draining)
        rig.accept()
        rig.pass(.seconds(60))
        rig.cluster.waiting = []
        rig.pass(.seconds(120))
        rig.cluster.waiting = ["i-1"]
        rig.cluster.put("task-9", on: 1)
        rig.pass(.seconds(65))
        #expect(rig.runner.current.map(\.origin) == [.reconcile])
    }
}
