import DrainModel
import Testing

@testable import DrainEngine

@Suite("Drains that share a cluster, an account or an instance")
struct SharedWorkTests {
    private func looks(at cluster: ClusterName, by rig: Rig) -> Int {
        rig.reads.count { if case .describeContainerInstances(cluster, _) = $0 { true } else { false } }
    }

    @Test("each cluster is looked at, however few calls are allowed")
    func fairLooks() {
        var policy = Rig.calm
        policy.apiShare = 1
        var rig = Rig(FakeCluster(hosts: 1...2), policy: policy)
        rig.cluster.elsewhere = [FakeCluster.host(2): "batch"]
        for number in 1...2 { rig.cluster.put(TaskARN("task-\(number)"), on: number) }
        rig.accept(1...2)
        rig.pass(.seconds(600))
        let (web, batch) = (looks(at: "web", by: rig), looks(at: "batch", by: rig))
        #expect(min(web, batch) > 5)
        #expect(abs(web - batch) <= 2)
    }

    @Test("an instance that nobody can find keeps the others in service for a quarter of a minute only")
    func shortGathering() {
        var rig = Rig(FakeCluster(hosts: 1...1))
        rig.accept(2...2)
        rig.accept(1...1)
        #expect(rig.count("UpdateContainerInstancesState") == 0)
        rig.pass(EnginePolicy.longestGathering)
        #expect(rig.count("UpdateContainerInstancesState") == 1)
    }

    @Test("instances that come in one after the other, without end, do not keep the first in service")
    func endlessArrivals() {
        var rig = Rig(FakeCluster(hosts: 1...1))
        rig.accept()
        for number in 2...60 {
            rig.pass(.milliseconds(500))
            rig.tell(.accepted(rig.drain(number)))
        }
        #expect(rig.calls.contains { if case .setDraining = $0 { true } else { false } })
    }

    @Test("the last drain of an instance to be called off sets it ACTIVE again, whichever had set it DRAINING")
    func lastOneUndoes() {
        var rig = Rig()
        rig.cluster.put("task", on: 1)
        let byHand = DrainMachine.acceptManual("i-1", at: rig.now, policy: rig.policy.drain)
        rig.tell(.accepted(byHand))
        rig.accept()
        rig.pass(.seconds(20))
        rig.forgetWhatWasAsked()
        rig.tell(.cancel(byHand.id))
        #expect(!rig.calls.contains { if case .setActive = $0 { true } else { false } })
        rig.tell(.cancel(rig.drain().id))
        #expect(rig.calls.contains { if case .setActive = $0 { true } else { false } })
    }

    @Test("a group whose hooks cannot be read keeps nobody of another group waiting")
    func oneGroupUnread() throws {
        let start = Timestamp(millisecondsSinceEpoch: 0)
        var sweep = OrphanSweep(of: [], notificationTargets: ["topic"])
        let groups = [ObservedGroup(name: "dark", waiting: ["i-1"]), ObservedGroup(name: "open", waiting: ["i-2"])]
        sweep.take(.describeAutoScalingGroups([], page: nil), .autoScalingGroups(groups, next: nil))
        sweep.take(.describeLifecycleHooks("dark"), .failed(ReadFailure("AccessDenied")))
        let hook = ObservedHook(
            name: "hook", transition: .terminating, heartbeatTimeoutSeconds: 60, notificationTarget: "topic")
        sweep.take(.describeLifecycleHooks("open"), .lifecycleHooks([hook]))
        #expect(sweep.isComplete)
        #expect(sweep.orphans(at: start).map(\.instance) == ["i-2"])
        #expect(throws: ReadFailure("AccessDenied")) { try sweep.pending(for: "i-1", at: start) }
    }
}
