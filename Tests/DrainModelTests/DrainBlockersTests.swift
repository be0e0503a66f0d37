import DrainModel
import Testing

@Suite("A blocker is named")
struct DrainBlockersTests {
    private func scene(_ change: (inout Scene) -> Void) -> DrainMachine.Step {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host))
        change(&scene)
        return scene.judged()
    }

    @Test(
        "when a service may run neither more nor fewer tasks than it does",
        arguments: [
            (1, 100, 100, true), (1, 100, 200, false), (1, 0, 100, false), (1, 50, 100, true), (4, 75, 100, false),
            (3, 100, 133, true), (3, 100, 134, false),
        ])
    func deadlock(desired: Int, minimum: Int, maximum: Int, isDeadlocked: Bool) {
        let step = scene {
            $0.snapshot.services["shop"]?.desiredCount = desired
            $0.snapshot.services["shop"]?.minimumHealthyPercent = minimum
            $0.snapshot.services["shop"]?.maximumPercent = maximum
        }
        #expect(step.blockers.contains(.deploymentDeadlock) == isDeadlocked)
    }

    @Test("when no instance has room for the replacement")
    func noCapacity() {
        let step = scene {
            $0.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
            $0.snapshot.services["shop"]?.recentEvents = ["(service shop) was unable to place a task because no room."]
        }
        #expect(step.blockers == [.noCapacity])
    }

    @Test("no more once the service has reached a steady state after that")
    func steadyAgain() {
        let step = scene {
            $0.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
            $0.snapshot.services["shop"]?.recentEvents = [
                "(service shop) has reached a steady state.",
                "(service shop) was unable to place a task because no room.",
            ]
        }
        #expect(step.blockers.isEmpty)
    }

    @Test("when a service that it needs cannot be seen, or its load balancing, with AWS's reason")
    func unseen() throws {
        let service = scene { $0.snapshot.unseenServices["shop"] = "AccessDenied" }
        #expect(service.drain.blockedBy.map(\.message) == ["Service shop could not be looked at: AccessDenied"])
        let balancing = scene {
            $0.putTargets([])
            $0.snapshot.unseenLoadBalancers[Scene.targetGroup.rawValue] = "AccessDenied"
        }
        #expect(balancing.blockers == [.awsUnreachable])
        #expect(try #require(balancing.drain.blockedBy.first).message.contains("load balancing of service shop"))
    }

    @Test("and stays while looks come and go, if it is about the hook")
    func hookUnread() {
        let step = scene { $0.drain = DrainMachine.hookUnread($0.drain, "AccessDenied", at: Scene.start) }
        #expect(step.blockers.contains(.hookUnread))
    }

    @Test("no longer than it holds, also while the drain waits for its turn")
    func queued() {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host))
        scene.drain.outOfServiceSince = nil
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        scene.snapshot.protectedTasks[Scene.task("old", on: nil).arn] = Scene.start + .seconds(60)
        #expect(scene.judge(after: .seconds(1)).blockers == [.protectedTask])
        scene.snapshot.protectedTasks = [:]
        #expect(scene.judge(after: .seconds(61), mayBegin: false).blockers.isEmpty)
    }

    @Test("when the replacements do not become healthy")
    func replacementsFail() {
        let step = scene {
            $0.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
            $0.snapshot.services["shop"]?.recentEvents = ["(service shop) (port 80) is unhealthy in (target-group tg)"]
        }
        #expect(step.blockers == [.replacementsFail])
    }

    @Test("when the replacements run, and their targets do not become healthy")
    func targetsFail() {
        let step = scene {
            $0.putTargets([(id: "i-0b", state: "unhealthy")])
            $0.snapshot.services["shop"]?.recentEvents = [
                "(service shop) has started 1 tasks", "(service shop) (port 80) is unhealthy in (target-group tg)",
            ]
        }
        #expect(step.blockers == [.replacementsFail])
    }

    @Test("with another hint where constraints, not room, keep the replacement out")
    func placementConstraints() {
        let step = scene {
            $0.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
            $0.snapshot.services["shop"]?.recentEvents = [
                "(service shop) was unable to place a task because no container instance met all of its requirements. "
                    + "Reason: MemberOf placement constraint unsatisfied."
            ]
        }
        #expect(step.drain.blockedBy.map(\.code) == [.noCapacity])
        #expect(step.drain.blockedBy[0].hint.contains("placement constraints of service shop"))
    }

    @Test("when the deployment failed")
    func deploymentFailed() {
        let step = scene {
            $0.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
            $0.snapshot.services["shop"]?.deploymentFailed = true
        }
        #expect(step.blockers == [.deploymentFailed])
    }

    @Test("when the agent is disconnected while tasks are left")
    func agentDisconnected() {
        #expect(
            scene { $0.snapshot.containerInstances[Scene.host]?.agentConnected = false }.blockers == [
                .agentDisconnected
            ])
    }

    @Test("when a standalone task is waited for")
    func standaloneTask() {
        #expect(scene { $0.put(Scene.task("batch", on: Scene.host, service: nil)) }.blockers == [.standaloneTask])
    }

    @Test("once in the history, however many looks show it")
    func notedOnce() {
        var scene = Scene()
        scene.put(Scene.task("batch", on: Scene.host, service: nil))
        scene.judge(after: .seconds(1))
        let length = scene.drain.history.count
        scene.judge(after: .seconds(2))
        #expect(scene.drain.history.count == length)
    }

    @Test("with what to do about it, always")
    func hints() {
        let step = scene {
            $0.snapshot.services["shop"]?.maximumPercent = 100
            $0.snapshot.services["shop"]?.desiredCount = 2
            $0.snapshot.services["shop"]?.deploymentFailed = true
            $0.snapshot.services["shop"]?.recentEvents = ["unable to place a task"]
            $0.snapshot.containerInstances[Scene.host]?.agentConnected = false
            $0.put(Scene.task("batch", on: Scene.host, service: nil))
        }
        #expect(step.drain.blockedBy.count == 5)
        #expect(step.drain.blockedBy.allSatisfy { $0.hint.count > 20 && $0.message.count > 20 })
        // Commands can be typed as they stand: the cluster is in each.
        let commands = step.drain.blockedBy.map(\.hint).filter { $0.contains("aws ecs") }
        #expect(commands.count == 3)
        #expect(commands.allSatisfy { $0.contains(" --cluster web ") })
    }
}
