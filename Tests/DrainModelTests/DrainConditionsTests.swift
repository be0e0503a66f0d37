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

    @Test("a task that ECS knows no more, though nobody saw it end, counts as stopped only when that lasts a minute")
    func forgottenTask() {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host))
        scene.judge(after: .seconds(1))
        let old = Scene.task("old", on: Scene.host).arn
        scene.snapshot.tasks[old] = nil
        scene.snapshot.forgottenTasks = [old]
        scene.judge(after: .seconds(2))
        #expect(!scene.judged(after: .seconds(70)).completes)
        scene.snapshot = scene.snapshot.taken(at: Scene.start + .seconds(60))
        #expect(scene.judged(after: .seconds(70)).completes)
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

    @Test("an instance that is deregistered, and so cannot be listed, does not hang, but one look is not believed")
    func deregisteredHost() {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host))
        scene.judge(after: .seconds(1))
        scene.put(Scene.task("old", on: Scene.host, lastStatus: "STOPPED"))
        scene.snapshot.containerInstances = [:]
        scene.snapshot.listedContainerInstances = []
        scene.judge(after: .seconds(2))
        #expect(!scene.judged(after: .seconds(10)).completes)
        scene.snapshot = scene.snapshot.taken(at: Scene.start + .seconds(5))
        #expect(scene.judged(after: .seconds(10)).completes)
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

    @Test("enough other instances are InService at a classic load balancer")
    func classicLoadBalancer() {
        var scene = Scene()
        scene.snapshot.services["shop"]?.classicLoadBalancers = ["old-elb"]
        scene.snapshot.classicLoadBalancers = ["old-elb": ["i-0a": "InService", "i-0b": "OutOfService"]]
        #expect(scene.judged().waits == ["target-group old-elb: 0 of 1 other instances InService"])
        scene.snapshot.classicLoadBalancers = ["old-elb": ["i-0a": "draining", "i-0b": "InService"]]
        #expect(scene.judged().waits == ["target-group old-elb: this instance is still being deregistered"])
        scene.snapshot.classicLoadBalancers = ["old-elb": ["i-0b": "InService"]]
        #expect(scene.judged().completes)
    }

    @Test("a target that a blue/green deployment has moved to the other group counts, and drains there too")
    func alternateTargetGroup() {
        var scene = Scene()
        let green: TargetGroupARN = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop-green/2"
        scene.putTargets([])
        scene.snapshot.services["shop"]?.alternateTargetGroups = [Scene.targetGroup: [green]]
        scene.snapshot.targetGroups[green] = ObservedTargetGroup(
            arn: green,
            targets: [.init(id: "i-0b", port: 1, state: "healthy"), .init(id: "i-0a", port: 1, state: "draining")])
        #expect(
            scene.judged().waits == ["target-group shop-tg+shop-green: 1 of this instance's targets still draining"])
        scene.snapshot.targetGroups[green]?.targets.removeLast()
        #expect(scene.judged().completes)
    }

    @Test("what AWS would not show is not taken for good, and holds nobody else back")
    func unseenParts() {
        var scene = Scene()
        scene.putTargets([("i-0b", "healthy")])
        scene.snapshot.unseenLoadBalancers = [Scene.targetGroup.rawValue: "AccessDenied"]
        #expect(scene.judged().waits == ["target-group shop-tg: could not be looked at: AccessDenied"])
        scene.snapshot.unseenServices = ["shop": "AccessDenied"]
        #expect(scene.judged().waits == ["service shop: could not be looked at: AccessDenied"])
        scene.snapshot.unseenServices = ["other": "AccessDenied"]
        scene.snapshot.unseenLoadBalancers = [:]
        #expect(scene.judged().completes)
    }

    @Test("an address that a task elsewhere was given meanwhile is this instance's no more")
    func reusedAddress() {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host, lastStatus: "STOPPED", addresses: ["10.0.0.7"]))
        scene.put(Scene.task("new", on: Scene.otherHost, addresses: ["10.0.0.7"]))
        scene.putTargets([("10.0.0.7", "healthy")])
        #expect(scene.judged().completes)
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

    @Test("a daemon's time does not run while the instance is in service")
    func daemonsInService() {
        var scene = Scene()
        scene.snapshot.services["agent"] = ObservedService(name: "agent", isDaemon: true, desiredCount: 1)
        scene.put(Scene.task("daemon", on: Scene.host, service: "agent"))
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        scene.judge(after: .seconds(10), mayBegin: false)
        scene.snapshot.containerInstances[Scene.host]?.status = .draining
        #expect(scene.judge(after: .seconds(300)).waits == ["task daemon: RUNNING, daemon agent"])
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

extension ClusterSnapshot {
    /// The same look, begun at another time.
    fileprivate func taken(at moment: Timestamp) -> Self {
        ClusterSnapshot(
            cluster: cluster, takenAt: moment, asked: asked, containerInstances: containerInstances,
            listedContainerInstances: listedContainerInstances, tasks: tasks, forgottenTasks: forgottenTasks,
            services: services, targetGroups: targetGroups)
    }
}
