import DrainModel
import Testing

@testable import DrainEngine

@Suite("A hint that something has changed")
struct ChangeHintTests {
    /// A drain for whose task nothing changes, so that it is looked at every half minute: just now.
    private func lookedAt() -> Rig {
        var rig = Rig()
        rig.cluster.put("task-1", on: 1)
        rig.accept()
        rig.pass(.seconds(600))
        rig.forgetWhatWasAsked()
        while looks(rig) == 0 { rig.pass(.milliseconds(100)) }
        rig.forgetWhatWasAsked()
        return rig
    }

    /// The same, with the next look as far away as the last.
    private func between() -> Rig {
        var rig = lookedAt()
        rig.pass(.seconds(15))
        return rig
    }

    private func looks(_ rig: Rig) -> Int {
        rig.reads.count { if case .describeContainerInstances = $0 { true } else { false } }
    }

    private func hint(_ number: Int, at cluster: ClusterName = "web") -> DrainRunner.Input {
        .hinted(ChangeHint(cluster: cluster, version: .init(resource: "task-1", number: number)))
    }

    // MARK: When the look begins

    @Test("has its cluster looked at at once where the poll interval is over")
    func hurries() {
        var rig = between()
        #expect(looks(rig) == 0)
        rig.tell(hint(1))
        #expect(looks(rig) == 1)
    }

    @Test("ends a drain whose last task has ended, long before the next poll")
    func ends() {
        var rig = between()
        rig.cluster.put("task-1", on: 1, lastStatus: "STOPPED")
        rig.tell(hint(1))
        #expect(rig.count("CompleteLifecycleAction") == 1)
    }

    @Test("waits for the poll interval, and no longer")
    func waits() {
        var rig = lookedAt()
        rig.tell(hint(1))
        #expect(looks(rig) == 0)
        rig.pass(rig.policy.drain.pollInterval)
        #expect(looks(rig) == 1)
    }

    @Test("costs no more than a look in each poll interval in a burst, and puts none off")
    func burst() {
        var rig = lookedAt()
        for number in 1...300 {
            rig.tell(hint(number))
            rig.pass(.milliseconds(100))
        }
        #expect((5...6).contains(looks(rig)))
    }

    @Test("that comes while a look is under way, which may not show it, is followed by another look")
    func underWay() {
        var rig = between()
        let began = rig.now
        let reads = rig.runner.handle(hint(1), at: rig.now)
        rig.tell(hint(2))
        for case .read(let read) in reads { rig.tell(.read(read, rig.cluster.answer(to: read))) }
        #expect(looks(rig) == 0)
        rig.pass(rig.policy.drain.pollInterval)
        #expect(looks(rig) == 1)
        #expect(rig.now == began + rig.policy.drain.pollInterval)
    }

    @Test("does not bring forward the next try after a look that failed")
    func failed() {
        var rig = between()
        rig.cluster.failures = [.describeContainerInstances("web", ["host-1"]): ReadFailure("AWS is away")]
        rig.pass(.seconds(120))
        rig.forgetWhatWasAsked()
        for number in 1...60 {
            rig.tell(hint(number))
            rig.pass(.seconds(1))
        }
        #expect(looks(rig) == 1)
    }

    // MARK: Whom it concerns

    @Test("is nothing to a cluster without drains")
    func otherCluster() {
        var rig = between()
        let wakeAt = rig.runner.wakeAt(after: rig.now)
        rig.tell(hint(1, at: "batch"))
        #expect(rig.reads.isEmpty)
        #expect(rig.runner.wakeAt(after: rig.now) == wakeAt)
    }

    @Test("about an instance has the cluster of its drains looked at")
    func instance() {
        var rig = between()
        rig.tell(.hinted(ChangeHint(instance: "i-2")))
        #expect(looks(rig) == 0)
        rig.tell(.hinted(ChangeHint(instance: "i-1")))
        #expect(looks(rig) == 1)
    }

    @Test("has an instance looked for once more that was in no cluster")
    func search() {
        var rig = Rig(FakeCluster(hosts: 2...2))
        rig.accept()
        rig.pass(.seconds(10))
        #expect(rig.current()?.location == nil)
        rig.cluster.setHost(1, .active)
        rig.tell(.hinted(ChangeHint(cluster: "web", instance: "i-1")))
        #expect(rig.current()?.location?.cluster == "web")
    }

    @Test("costs no more than a search in each poll interval in a burst")
    func searchBurst() {
        var rig = Rig(FakeCluster(hosts: 2...2))
        rig.accept()
        rig.pass(.seconds(10))
        rig.forgetWhatWasAsked()
        for _ in 1...200 {
            rig.tell(.hinted(ChangeHint(instance: "i-1")))
            rig.pass(.milliseconds(100))
        }
        let searches = rig.reads.count { if case .listContainerInstances = $0 { true } else { false } }
        #expect((4...5).contains(searches))
    }

    // MARK: Versions

    @Test("of a version that is known already, or of an older one, is none")
    func versions() {
        var rig = between()
        rig.tell(hint(5))
        rig.pass(.seconds(7))
        rig.forgetWhatWasAsked()
        for number in [5, 4, 1] { rig.tell(hint(number)) }
        #expect(looks(rig) == 0)
        rig.tell(hint(6))
        #expect(looks(rig) == 1)
    }

    @Test("is new again only when very many others have come since")
    func forgets() {
        var seen = SeenVersions()
        func note(_ resource: Int) -> Bool { seen.note(.init(resource: "task-\(resource)", number: 1)) }
        for resource in 1...SeenVersions.mostKept { #expect(note(resource)) }
        #expect(!note(1))
        #expect(note(0))
        #expect(note(1))
        #expect(!note(SeenVersions.mostKept))
    }
}
