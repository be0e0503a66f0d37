import DrainModel
import Testing

@testable import DrainEngine

@Suite("A drain that has not begun")
struct BeginningTests {
    private let drainings = "UpdateContainerInstancesState"

    @Test("begins when its instance, which somebody else had set DRAINING, is ACTIVE again")
    func activeAgain() throws {
        var rig = Rig(FakeCluster(hosts: 1...1, .draining))
        rig.cluster.put("task", on: 1)
        rig.accept()
        rig.pass(.seconds(60))
        #expect(try #require(rig.current()).taskListIsClosed)
        rig.cluster.setHost(1, .active)
        rig.pass(.seconds(60))
        #expect(rig.count(drainings) == 1)
    }

    @Test("begins when one of two registrations of its instance is gone, and protection is over")
    func registeredTwice() {
        var rig = Rig(FakeCluster(hosts: 1...1))
        rig.cluster.put("task", on: 1, service: "shop")
        rig.cluster.protected["task"] = Rig.start + .seconds(60)
        rig.accept()
        rig.pass(.seconds(10))
        rig.cluster.hosts["host-new"] = ContainerInstance(
            arn: "host-new", instance: "i-1", status: .active, agentConnected: true)
        rig.pass(.seconds(10))
        rig.cluster.setHost(1, .inactive)
        rig.cluster.protected = [:]
        rig.pass(.seconds(60))
        #expect(rig.count(drainings) == 1)
    }

    @Test("takes a new registration of its instance out of service, also when it has begun and the old one shows tasks")
    func registeredAnewLater() {
        var rig = Rig(FakeCluster(hosts: 1...1))
        rig.cluster.put("task", on: 1)
        rig.accept()
        rig.pass(.seconds(60))
        rig.cluster.hosts["host-1"]?.agentConnected = false
        rig.cluster.machines["i-1"] = "running"
        rig.cluster.hosts["host-new"] = ContainerInstance(
            arn: "host-new", instance: "i-1", status: .active, agentConnected: true)
        rig.pass(.seconds(60))
        #expect(rig.cluster.hosts["host-new"]?.status == .draining)
    }

    @Test("waits for no task's protection on a machine that has ended, although ECS shows it ACTIVE")
    func endedMachine() {
        var rig = Rig(FakeCluster(hosts: 1...1))
        rig.cluster.put("task", on: 1, service: "shop")
        rig.cluster.protected["task"] = Rig.start + .seconds(3600)
        rig.cluster.hosts["host-1"]?.agentConnected = false
        rig.cluster.machines["i-1"] = "stopped"
        rig.accept()
        rig.pass(.seconds(10))
        #expect(rig.count(drainings) == 1)
    }

    @Test("is not held back by others for longer than ever where a clock was set back before a restart")
    func acceptedInTheFuture() {
        var rig = Rig(FakeCluster(hosts: 1...2))
        for number in 1...2 { rig.cluster.put(TaskARN("task-\(number)"), on: number) }
        // One whose look fails keeps the other waiting.
        let before = (1...2).map { number in
            DrainMachine.accept(
                Rig.action(number), from: .sns, at: Rig.start + .seconds(600), policy: rig.policy.drain)
        }
        rig.cluster.elsewhere["host-2"] = "away"
        rig.cluster.failures[.describeContainerInstances("away", ["host-2"])] = ReadFailure("away")
        rig.tell(.recovered(before))
        rig.pass(EnginePolicy.longestGathering + .seconds(5))
        #expect(rig.count(drainings) == 1)
    }

    @Test("asks ever less often for hooks that it may not read, and says so all the time")
    func hooksUnread() throws {
        var rig = Rig(FakeCluster(hosts: 1...1))
        rig.cluster.put("task", on: 1)
        rig.cluster.failures[.describeLifecycleHooks("asg")] = ReadFailure("AccessDenied")
        rig.accept()
        rig.pass(.seconds(120))
        rig.forgetWhatWasAsked()
        for _ in 0..<60 {
            rig.pass(.seconds(5))
            #expect(try #require(rig.current()).blockedBy.map(\.code).contains(.hookUnread))
        }
        #expect(rig.reads.count { $0 == .describeLifecycleHooks("asg") } <= 5)
        // Nothing changes for all that time.
        #expect(rig.reads.count { if case .describeContainerInstances = $0 { true } else { false } } <= 11)
    }
}
