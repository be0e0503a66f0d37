import DrainEngine
import DrainModel
import Testing

@Suite("A Spot instance that EC2 takes back")
struct SpotInterruptionTests {
    private static let end = Rig.start + .seconds(120)

    private func warning(_ number: Int = 1, at warnedAt: Timestamp = Rig.start) throws -> Drain {
        try #require(
            DrainMachine.acceptInterruption(
                of: InstanceID("i-\(number)"), warnedAt: warnedAt, from: .sns, at: max(Rig.start, warnedAt),
                policy: Rig.calm.drain))
    }

    private func rig(
        _ standaloneTasks: DrainPolicy.StandaloneTasks = .wait, hosts: ClosedRange<Int> = 1...1, concurrent: Int = 0
    ) -> Rig {
        var policy = Rig.calm
        policy.drain.standaloneTasks = standaloneTasks
        policy.drain.maximumConcurrent = concurrent
        return Rig(FakeCluster(hosts: hosts), policy: policy)
    }

    private func hooked(_ rig: Rig) -> Drain? { rig.runner.current.first { $0.action != nil } }

    private func tightenings(of drain: Drain?) -> Int {
        drain?.history.count { $0.message.contains("the deadline is tightened") } ?? 0
    }

    // MARK: Its own drain

    @Test("is set to DRAINING at once, without any lifecycle action, and ends when everything holds")
    func drains() throws {
        var rig = rig()
        rig.tell(.accepted(try warning()))
        #expect(rig.count("UpdateContainerInstancesState") == 1)
        rig.pass(.seconds(20))
        #expect(rig.runner.current.isEmpty)
        #expect(rig.calls.allSatisfy { $0.operation == "UpdateContainerInstancesState" })
    }

    @Test("ends at the latest when EC2 takes it")
    func ends() throws {
        var rig = rig(.ignore)
        rig.cluster.services["shop"] = ObservedService(name: "shop", desiredCount: 1)
        rig.cluster.put("task-1", on: 1, service: "shop")
        rig.tell(.accepted(try warning()))
        rig.pass(.seconds(119))
        #expect(rig.current()?.phase == .draining)
        rig.recordsFail = true
        rig.pass(.seconds(1))
        #expect(rig.current()?.outcome == .timedOut)
    }

    @Test("of no served cluster is not ours when EC2 takes it, although the registration delay is longer")
    func notOurs() throws {
        var rig = rig(hosts: 2...2)
        rig.tell(.accepted(try warning()))
        rig.pass(.seconds(119))
        rig.recordsFail = true
        rig.pass(.seconds(1))
        #expect(rig.current()?.outcome == .notOurs)
        #expect(rig.calls.isEmpty)
    }

    @Test("is looked for three times in its two minutes where it is in no served cluster")
    func foreign() throws {
        var rig = rig()
        rig.cluster.hosts = [:]
        rig.tell(.accepted(try warning()))
        rig.pass(.seconds(119))
        #expect(rig.reads.count { if case .listClusters = $0 { true } else { false } } <= 3)
    }

    @Test("goes before as many drains as may be in progress, and before those who gather")
    func goesFirst() throws {
        var rig = rig(hosts: 1...3, concurrent: 1)
        for number in 1...3 { rig.cluster.put(TaskARN("task-\(number)"), on: number) }
        rig.tell(.recovered((2...3).map { rig.drain($0) }))
        rig.pass(.seconds(20))
        #expect(rig.current(3)?.phase == .queued)
        // Somebody whom nobody can find keeps the others in service for a while.
        rig.tell(.accepted(rig.drain(9)))
        rig.tell(.accepted(try warning(at: rig.now)))
        rig.pass(.seconds(6))
        #expect(rig.cluster.hosts["host-1"]?.status == .draining)
        #expect(rig.cluster.hosts["host-3"]?.status == .active)
    }

    @Test("is looked at in every interval, although nothing changes")
    func looksOften() throws {
        var rig = rig()
        rig.cluster.put("task-1", on: 1)
        rig.tell(.accepted(try warning()))
        rig.pass(.seconds(20))
        rig.forgetWhatWasAsked()
        rig.pass(.seconds(30))
        let looks = rig.reads.count { if case .describeContainerInstances = $0 { true } else { false } }
        #expect(looks >= 5)
    }

    @Test("is no more when it was called off, and its DRAINING is undone")
    func cancelled() throws {
        var rig = rig()
        rig.cluster.put("task-1", on: 1)
        let drain = try warning()
        rig.tell(.accepted(drain))
        rig.pass(.seconds(10))
        rig.tell(.cancel(drain.id))
        #expect(rig.calls.last == .setActive(drain.id, .init(cluster: "web", containerInstance: "host-1")))
        #expect(rig.runner.current.isEmpty)
    }

    // MARK: Standalone tasks

    @Test(
        "has its standalone tasks stopped a minute before, however long they might have had",
        arguments: [DrainPolicy.StandaloneTasks.wait, .stopAfter(.seconds(900))])
    func stopsStandaloneTasks(policy: DrainPolicy.StandaloneTasks) throws {
        var rig = rig(policy)
        rig.cluster.put("task-1", on: 1)
        rig.tell(.accepted(try warning()))
        rig.pass(.seconds(59))
        #expect(rig.count("StopTask") == 0)
        rig.pass(.seconds(7))
        #expect(rig.count("StopTask") > 0)
    }

    @Test("has them stopped at once when the setting says so, and never when they are to be ignored")
    func obeysTheSetting() throws {
        for (policy, seconds, isStopped) in [(.stop, 6, true), (.ignore, 120, false)]
            as [(DrainPolicy.StandaloneTasks, Int, Bool)]
        {
            var rig = rig(policy)
            rig.cluster.put("task-1", on: 1)
            rig.tell(.accepted(try warning()))
            rig.pass(.seconds(seconds))
            #expect((rig.count("StopTask") > 0) == isStopped)
        }
    }

    // MARK: Its other drains

    @Test("leaves the drain of a hook no more time, whichever of the two comes first")
    func tightensInBothOrders() throws {
        for hookIsFirst in [true, false] {
            var rig = rig()
            rig.cluster.put("task-1", on: 1)
            let drains = [rig.drain(), try warning()]
            for drain in hookIsFirst ? drains : drains.reversed() { rig.tell(.accepted(drain)) }
            rig.pass(.seconds(10))
            #expect(hooked(rig)?.deadline == Self.end)
            #expect(tightenings(of: hooked(rig)) == 1)
        }
    }

    @Test("leaves it no more time after a restart either, in whichever order the records are read")
    func tightensAfterRestart() throws {
        let drains = [rig().drain(), try warning()]
        for recovered in [drains, drains.reversed()] {
            var rig = rig()
            rig.cluster.put("task-1", on: 1)
            rig.tell(.recovered(recovered))
            #expect(hooked(rig)?.deadline == Self.end)
            #expect(tightenings(of: hooked(rig)) == 1)
        }
    }

    @Test("leaves it no more time although the drain of the warning has ended already")
    func tightensLater() throws {
        var rig = rig()
        rig.tell(.accepted(try warning()))
        rig.pass(.seconds(30))
        #expect(rig.runner.current.isEmpty)
        rig.cluster.put("task-1", on: 1)
        rig.tell(.accepted(rig.drain()))
        #expect(hooked(rig)?.deadline == Self.end)
    }

    @Test("gives no drain more time than it has")
    func neverLoosens() throws {
        var rig = rig()
        rig.policy.drain.drainTimeout = .seconds(60)
        rig.cluster.put("task-1", on: 1)
        rig.tell(.accepted(rig.drain()))
        rig.tell(.accepted(try warning()))
        #expect(hooked(rig)?.deadline == Rig.start + .seconds(60))
    }

    @Test("says nothing of a drain that begins when the machine is gone")
    func afterTheEnd() throws {
        var rig = rig()
        rig.tell(.accepted(try warning()))
        rig.pass(.seconds(120))
        rig.cluster.put("task-1", on: 1)
        rig.tell(.accepted(rig.drain()))
        #expect(hooked(rig)?.deadline == Rig.start + rig.policy.drain.drainTimeout)
    }

    // MARK: Rebalance recommendations

    @Test("may be announced by a recommendation: open drains say so once, and none begins")
    func recommended() {
        var rig = rig()
        rig.tell(.rebalanceRecommended("i-1", at: Rig.start))
        #expect(rig.runner.current.isEmpty)
        rig.cluster.put("task-1", on: 1)
        rig.tell(.accepted(rig.drain()))
        for _ in 1...2 { rig.tell(.rebalanceRecommended("i-1", at: Rig.start)) }
        #expect(rig.current()?.history.count { $0.message.contains("EC2 recommends") } == 1)
        #expect(rig.current()?.deadline == Rig.start + rig.policy.drain.drainTimeout)
    }
}
