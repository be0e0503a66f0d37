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
