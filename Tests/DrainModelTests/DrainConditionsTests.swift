import DrainModel
import Testing

@Suite("A drain is drained only when, in one look,")
struct DrainConditionsTests {
    @Test("its tasks are STOPPED and their replacements run: then it is completed with CONTINUE")
    func everythingHolds() {
        let step = Scene().judged()
        #expect(step.calls == [.complete(step.drain.id, Scene.action(), .continue)])
        #expect(step.drain.decision?.outcome == .drained)
        #expect(step.drain.phase == .completing)
    }

    @Test(
        "no task is anything but STOPPED",
        arguments: ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING"])
    func taskNotStopped(status: String) {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host, lastStatus: status))
        let step = scene.judged()
        #expect(!step.completes)
        #expect(step.waits.contains("task old: \(status), service shop"))
    }

    @Test("a task that ECS has forgotten counts as stopped, since it forgets none that runs")
    func forgottenTask() {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host))
        scene.judge(after: .seconds(1))
        let old = Scene.task("old", on: Scene.host).arn
        scene.snapshot.tasks[old] = nil
        scene.snapshot.forgottenTasks = [old]
        #expect(scene.judged().completes)
    }

    @Test("a task that was neither seen nor forgotten is still waited for")
    func unseenTask() {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host))
        scene.judge(after: .seconds(1))
        scene.snapshot.tasks[Scene.task("old", on: Scene.host).arn] = nil
        let step = scene.judged()
        #expect(!step.completes)
        #expect(step.waits == ["task old: not seen, service shop"])
    }

    @Test("the tasks of the instance were listed afresh in that very look")
    func notListed() {
        var scene = Scene()
        scene.snapshot.listedContainerInstances = []
        #expect(!scene.judged().completes)
    }

    @Test("an instance that is deregistered, and so cannot be listed, does not hang")
    func deregisteredHost() {
        var scene = Scene()
        scene.judge(after: .seconds(1))
        scene = Scene()
        scene.snapshot.containerInstances = [:]
        scene.snapshot.listedContainerInstances = []
        #expect(scene.judged().completes)
    }

    @Test("the replacement runs on another instance")
    func replacementMissing() {
        var scene = Scene()
        scene.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
        let step = scene.judged()
        #expect(!step.completes)
        #expect(step.waits == ["service shop: 0 of 1 tasks healthy on other instances"])
    }

    @Test("a replacement that is not RUNNING does not count", arguments: ["PENDING", "ACTIVATING", "DEACTIVATING"])
    func replacementNotRunning(status: String) {
        var scene = Scene()
        scene.put(Scene.task("new", on: Scene.otherHost, lastStatus: status))
        #expect(!scene.judged().completes)
    }

    @Test(
        "a replacement with health checks counts only when HEALTHY",
        arguments: [
            (ObservedTask.Health.starting, false), (.unhealthy, false), (.healthy, true), (.notChecked, true),
        ])
    func replacementHealth(health: ObservedTask.Health, counts: Bool) {
        var scene = Scene()
        scene.put(Scene.task("new", on: Scene.otherHost, health: health))
        #expect(scene.judged().completes == counts)
    }

    @Test("as many replacements run as the service desires now, not as many as it once did")
    func desiredCountChanges() {
        var scene = Scene()
        scene.snapshot.services["shop"]?.desiredCount = 2
        #expect(!scene.judged().completes)
        scene.snapshot.services["shop"]?.desiredCount = 0
        #expect(scene.judged().completes)
    }

    @Test("a deleted service desires nothing")
    func deletedService() {
        var scene = Scene()
        scene.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
        scene.snapshot.services["shop"]?.isActive = false
        #expect(scene.judged().completes)
        scene.snapshot.services = [:]
        #expect(scene.judged().completes)
    }

    @Test("a service that had no task on the instance cannot hold it back")
    func unrelatedService() {
        var scene = Scene()
        scene.snapshot.services["crashing"] = ObservedService(name: "crashing", desiredCount: 5)
        #expect(scene.judged().completes)
    }

    @Test("a task that had ended before the action began puts no service on the list")
    func endedBefore() {
        var scene = Scene()
        scene.put(
            Scene.task(
                "ancient", on: Scene.host, service: "gone-by", lastStatus: "STOPPED",
                stoppedAt: Scene.start - .seconds(600)))
        scene.snapshot.services["gone-by"] = ObservedService(name: "gone-by", desiredCount: 3)
        let step = scene.judged()
        #expect(step.completes)
        #expect(step.drain.services == ["shop"])
    }

    @Test("enough targets on other instances are healthy")
    func targetsElsewhere() {
        var scene = Scene()
        scene.putTargets([("i-0b", "initial")])
        #expect(scene.judged().waits == ["target-group shop-tg: 0 of 1 targets healthy on other instances"])
        scene.putTargets([("i-0b", "healthy")])
        #expect(scene.judged().completes)
    }

    @Test("a healthy target of the leaving instance is no replacement")
    func ownHealthyTarget() {
        var scene = Scene()
        scene.putTargets([("i-0a", "healthy"), ("i-0b", "unhealthy")])
        #expect(!scene.judged().completes)
    }

    @Test("no target of the leaving instance is still draining", arguments: ["draining", "unhealthy.draining"])
    func ownTargetDraining(state: String) {
        var scene = Scene()
        scene.putTargets([("i-0a", state), ("i-0b", "healthy")])
        #expect(scene.judged().waits == ["target-group shop-tg: 1 of this instance's targets still draining"])
    }

    @Test("a target is recognised by its task's own address too")
    func ownAddressDraining() {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host, lastStatus: "STOPPED", addresses: ["10.0.0.7"]))
        scene.putTargets([("10.0.0.7", "draining"), ("10.0.0.9", "healthy")])
        #expect(!scene.judged().completes)
    }

    @Test("a target group that was not seen is not taken for a healthy one")
    func targetGroupMissing() {
        var scene = Scene()
        scene.putTargets([])
        scene.snapshot.targetGroups = [:]
        #expect(scene.judged().waits == ["target-group shop-tg: does not exist"])
    }

    @Test("a classic load balancer, which cannot be looked at, is not taken for a healthy one")
    func classicLoadBalancer() {
        var scene = Scene()
        scene.snapshot.services["shop"]?.classicLoadBalancers = ["old-elb"]
        let step = scene.judged()
        #expect(!step.completes)
        #expect(step.blockers == [.classicLoadBalancer])
    }

    @Test("daemon tasks are waited for, but no longer than two minutes after all others")
    func daemons() {
        var scene = Scene()
        scene.snapshot.services["agent"] = ObservedService(name: "agent", isDaemon: true, desiredCount: 1)
        scene.put(Scene.task("daemon", on: Scene.host, service: "agent"))
        let first = scene.judge(after: .seconds(10))
        #expect(first.waits == ["task daemon: RUNNING, daemon agent"])
        #expect(first.drain.phase == .replacing)
        #expect(!scene.judged(after: .seconds(129)).completes)
        #expect(scene.judged(after: .seconds(130)).completes)
    }

    @Test("a daemon's time does not run while another task is left")
    func daemonsAfterOthers() {
        var scene = Scene()
        scene.snapshot.services["agent"] = ObservedService(name: "agent", isDaemon: true, desiredCount: 1)
        scene.put(Scene.task("daemon", on: Scene.host, service: "agent"))
        scene.put(Scene.task("old", on: Scene.host, lastStatus: "DEACTIVATING"))
        scene.judge(after: .seconds(10))
        scene.put(Scene.task("old", on: Scene.host, lastStatus: "STOPPED"))
        scene.judge(after: .seconds(300))
        #expect(!scene.judged(after: .seconds(301)).completes)
    }

    @Test(
        "standalone tasks are settled as the policy says",
        arguments: [
            (DrainPolicy.StandaloneTasks.wait, false, 0), (.ignore, true, 0), (.stop, false, 1),
            (.stopAfter(.seconds(60)), false, 0), (.stopAfter(.seconds(10)), false, 1),
        ])
    func standaloneTasks(policy: DrainPolicy.StandaloneTasks, completes: Bool, stopped: Int) {
        var scene = Scene()
        scene.policy.standaloneTasks = policy
        scene.put(Scene.task("batch", on: Scene.host, service: nil))
        let step = scene.judged(after: .seconds(10))
        #expect(step.completes == completes)
        #expect(step.calls.count { if case .stopTask = $0 { true } else { false } } == stopped)
    }
}
