import DrainModel
import Testing

@Suite("The drain machine")
struct DrainMachineTests {
    @Test("sets an ACTIVE instance to DRAINING, and says so before anything else")
    func setsDraining() {
        var scene = Scene()
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        let step = scene.judged()
        #expect(step.calls == [.setDraining(step.drain.id, Scene.location)])
        #expect(step.drain.drainingSetByUs)
        #expect(step.drain.phase == .draining)
    }

    @Test("does not claim a DRAINING that someone else set")
    func foreignDraining() {
        #expect(!Scene().judged().drain.drainingSetByUs)
    }

    @Test("never judges an ACTIVE instance drained, even an empty one: a task may be on its way")
    func emptyActiveInstance() {
        var scene = Scene()
        scene.snapshot.tasks = [:]
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        #expect(!scene.judged().completes)
    }

    @Test("looks at no snapshot of another cluster")
    func otherCluster() {
        var scene = Scene()
        scene.snapshot = ClusterSnapshot(cluster: "other", takenAt: Scene.start)
        #expect(scene.judged() == .init(scene.drain))
    }

    @Test("says nothing of an instance that the look was not about")
    func notAsked() {
        var scene = Scene()
        scene.snapshot.asked = []
        scene.snapshot.containerInstances = [:]
        #expect(scene.judged() == .init(scene.drain))
    }

    @Test("leads from the same record and look to the same step, however often")
    func repeatable() {
        #expect(Scene().judged() == Scene().judged())
    }

    @Test("asks for the first heartbeat at once: it confirms the action")
    func firstHeartbeat() {
        let drain = DrainMachine.accept(Scene.action(), from: .sns, at: Scene.start, policy: DrainPolicy())
        let step = DrainMachine.passTime(drain, at: Scene.start, policy: DrainPolicy())
        #expect(step.calls == [.recordHeartbeat(drain.id, Scene.action())])
    }

    @Test("asks for the next heartbeat when half of the hook's timeout has passed")
    func heartbeatDue() {
        var scene = Scene()
        scene.drain = DrainMachine.hookRead(
            scene.drain, LifecycleHookTiming(heartbeatTimeoutSeconds: 300), at: Scene.start, policy: scene.policy)
        let (drain, policy) = (scene.drain, scene.policy)
        #expect(DrainMachine.passTime(drain, at: Scene.start + .seconds(149), policy: policy).calls.isEmpty)
        #expect(
            DrainMachine.passTime(drain, at: Scene.start + .seconds(150), policy: policy).calls == [scene.heartbeat])
    }

    @Test("asks for a heartbeat at once when the last one, or the beginning, is still to come: the clock was set back")
    func heartbeatOfTheFuture() {
        var scene = Scene()
        let earlier = Scene.start - .seconds(600)
        #expect(DrainMachine.passTime(scene.drain, at: earlier, policy: scene.policy).calls == [scene.heartbeat])
        scene.drain.heartbeat.lastAt = nil
        #expect(DrainMachine.passTime(scene.drain, at: earlier, policy: scene.policy).calls == [scene.heartbeat])
    }

    @Test("assumes the shortest timeout that AWS allows until the hook has been read")
    func heartbeatOfUnknownHook() {
        #expect(Scene().drain.heartbeatDue == Scene.start + .seconds(15))
    }

    @Test("plans the next heartbeat from when the last one was sent, not from when it was answered")
    func heartbeatAnswered() {
        let scene = Scene()
        let sent = Scene.start + .seconds(20)
        let drain = DrainMachine.answered(
            scene.drain, scene.heartbeat, .done, sentAt: sent, mayHaveBeenSentBefore: false, at: sent + .seconds(4))
        #expect(drain.heartbeat.count == 1)
        #expect(drain.heartbeatDue == sent + .seconds(15))
    }

    @Test("goes on with heartbeats after the decision, until the completion is answered")
    func heartbeatsAfterDecision() {
        var scene = Scene()
        scene.judge(after: .seconds(10))
        let calls = DrainMachine.passTime(scene.drain, at: Scene.start + .seconds(15), policy: scene.policy).calls
        #expect(calls.contains(scene.heartbeat))
    }

    @Test("keeps the deadline inside Auto Scaling's own limit of 100 heartbeat timeouts")
    func deadlineInsideGlobalTimeout() {
        let scene = Scene()
        let drain = DrainMachine.hookRead(
            scene.drain, LifecycleHookTiming(heartbeatTimeoutSeconds: 30), at: Scene.start, policy: scene.policy)
        #expect(drain.deadline == Scene.start + .seconds(100 * 30 - 60))
    }

    @Test("keeps the deadline inside 48 hours of the action's start, however late the notification")
    func deadlineInside48Hours() {
        let policy = DrainPolicy(drainTimeout: .seconds(48 * 3600))
        let drain = DrainMachine.accept(
            Scene.action(), from: .sns, at: Scene.start + .seconds(3000), policy: policy)
        #expect(drain.deadline == Scene.start + .seconds(48 * 3600 - 60))
    }

    @Test("carries out the recorded policy at the deadline", arguments: [LifecycleActionResult.continue, .abandon])
    func deadline(onTimeout: LifecycleActionResult) {
        let policy = DrainPolicy(drainTimeout: .seconds(100), onTimeout: onTimeout)
        let drain = DrainMachine.accept(Scene.action(), from: .sns, at: Scene.start, policy: policy)
        let step = DrainMachine.passTime(drain, at: Scene.start + .seconds(100), policy: DrainPolicy())
        #expect(step.drain.decision?.outcome == .timedOut)
        #expect(step.calls.last == .complete(drain.id, Scene.action(), onTimeout))
    }

    @Test("never changes a decision once it is made")
    func decisionIsFinal() {
        var scene = Scene()
        scene.judge(after: .seconds(10))
        let decided = scene.drain
        scene.put(Scene.task("old", on: Scene.host))
        #expect(scene.judged(after: .seconds(20)).drain == decided)
        let late = DrainMachine.passTime(decided, at: decided.deadline + .seconds(1), policy: scene.policy)
        #expect(late.drain.decision == decided.decision)
    }

    @Test("finishes with the decided outcome when the completion is answered")
    func completed() {
        var scene = Scene()
        let complete = scene.judge(after: .seconds(10)).calls[0]
        let drain = scene.answered(complete, .done, at: Scene.start + .seconds(11))
        #expect(drain.outcome == .drained)
        #expect(drain.phase == .finished)
        #expect(drain.finishedAt == Scene.start + .seconds(11))
    }

    @Test("calls a drain gone when Auto Scaling knows the action no more")
    func gone() {
        var scene = Scene()
        let complete = scene.judge(after: .seconds(10)).calls[0]
        #expect(scene.answered(complete, .noActiveAction).outcome == .gone)
    }

    @Test("keeps the decided outcome when an earlier completion, whose answer was lost, had reached Auto Scaling")
    func lostAnswer() {
        var scene = Scene()
        let complete = scene.judge(after: .seconds(10)).calls[0]
        #expect(scene.answered(complete, .noActiveAction, sentBefore: true).outcome == .drained)
    }

    @Test("ends a drain whose heartbeat finds no action")
    func heartbeatFindsNothing() {
        let scene = Scene()
        #expect(scene.answered(scene.heartbeat, .noActiveAction).outcome == .gone)
    }

    @Test("lets the completion's own answer say how it ended, not a heartbeat that crossed it")
    func heartbeatCrossesCompletion() {
        var scene = Scene()
        scene.judge(after: .seconds(10))
        #expect(scene.answered(scene.heartbeat, .noActiveAction, sentBefore: true).phase == .completing)
    }

    @Test("ends a decided drain whose completion is refused for ever, once Auto Scaling cannot wait any longer")
    func refusedForEver() {
        var scene = Scene()
        scene.judge(after: .seconds(10))
        let limit = Scene.start + .seconds(48 * 3600)
        #expect(DrainMachine.passTime(scene.drain, at: limit, policy: scene.policy).drain.phase == .completing)
        let late = DrainMachine.passTime(scene.drain, at: limit + .milliseconds(1), policy: scene.policy)
        #expect(late.drain.outcome == .gone)
    }

    @Test("does not give up a decided drain by the clock while its heartbeats are taken")
    func clockSetForward() {
        var scene = Scene()
        scene.judge(after: .seconds(10))
        let limit = Scene.start + .seconds(48 * 3600)
        scene.drain.heartbeat.lastAt = limit - .seconds(30)
        let late = DrainMachine.passTime(scene.drain, at: limit + .seconds(1), policy: scene.policy)
        #expect(late.drain.phase == .completing)
    }

    @Test(
        "shows a call that failed as a blocker until one like it succeeds",
        arguments: [CallAnswer.refused("AccessDenied"), .unanswered("timed out")])
    func refusedCall(answer: CallAnswer) {
        var scene = Scene()
        let call = Call.setDraining(scene.drain.id, Scene.location)
        scene.drain = scene.answered(call, answer)
        #expect(scene.drain.blockedBy.map(\.code) == [.awsRefused])
        #expect(scene.answered(call, .done).blockedBy.isEmpty)
    }

    @Test("shows a refused call no longer once a look shows that what it was for has come about")
    func refusedCallDisproved() {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host))
        scene.drain = scene.answered(.setDraining(scene.drain.id, Scene.location), .unanswered("timed out"))
        #expect(scene.judged().blockers.isEmpty)
    }

    @Test("shows that the cluster cannot be looked at beside what else blocks it, once")
    func lookFailed() {
        var scene = Scene()
        scene.put(Scene.task("batch", on: Scene.host, service: nil))
        scene.judge(after: .seconds(1))
        for second in 2...3 {
            scene.drain = DrainMachine.lookFailed(scene.drain, "no route", at: Scene.start + .seconds(second))
        }
        #expect(scene.drain.blockedBy.map(\.code) == [.standaloneTask, .awsUnreachable])
        #expect(scene.judged().blockers == [.standaloneTask])
    }

    @Test("takes an instance for not ours only after the registration delay, seen absent at both ends")
    func notOurs() {
        let policy = DrainPolicy()
        var drain = DrainMachine.accept(Scene.action(), from: .sns, at: Scene.start, policy: policy)
        drain.heartbeat.lastAt = Scene.start
        let first = DrainMachine.absent(drain, at: Scene.start, policy: policy)
        #expect(!first.completes)
        #expect(!DrainMachine.absent(first.drain, at: Scene.start + .seconds(179), policy: policy).completes)
        let last = DrainMachine.absent(first.drain, at: Scene.start + .seconds(180), policy: policy)
        #expect(last.drain.decision?.outcome == .notOurs)
        #expect(last.calls == [.complete(drain.id, Scene.action(), .continue)])
    }

    @Test("forgets that an instance was absent once it is found")
    func lateRegistration() {
        let policy = DrainPolicy()
        let drain = DrainMachine.accept(Scene.action(), from: .sns, at: Scene.start, policy: policy)
        let absent = DrainMachine.absent(drain, at: Scene.start, policy: policy).drain
        let found = DrainMachine.located(absent, at: Scene.location, now: Scene.start + .seconds(30))
        #expect(found.absentSince == nil)
        #expect(found.location == Scene.location)
    }

    @Test("gives the same id to the same action, and another to another token")
    func identity() {
        let policy = DrainPolicy()
        let one = DrainMachine.accept(Scene.action(), from: .sns, at: Scene.start, policy: policy)
        let again = DrainMachine.accept(Scene.action(), from: .sqs, at: Scene.start + .seconds(9), policy: policy)
        let other = DrainMachine.accept(Scene.action(token: "2"), from: .sns, at: Scene.start, policy: policy)
        #expect(one.id == again.id)
        #expect(one.id != other.id)
    }

    @Test("decides only by a look that began when no task could be on its way to the instance any more")
    func consistencyMargin() {
        var scene = Scene()
        scene.drain.outOfServiceSince = Scene.start - .seconds(4)
        #expect(!scene.judged().completes)
        scene.drain.outOfServiceSince = Scene.start - .seconds(5)
        #expect(scene.judged().completes)
    }

    @Test("lists the tasks once more when every condition holds in a look that had not listed them")
    func looksOnceMore() {
        var scene = Scene()
        scene.drain.taskListIsClosed = true
        scene.snapshot.listedContainerInstances = []
        let step = scene.judged()
        #expect(!step.completes)
        #expect(!step.drain.taskListIsClosed)
    }

    @Test("waits its turn, with heartbeats, when as many drains are in progress as may be")
    func queued() {
        var scene = Scene()
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        let step = scene.judge(after: .seconds(1), mayBegin: false)
        #expect(step.calls.isEmpty)
        #expect(step.drain.phase == .queued)
        #expect(step.drain.waitingFor.map(\.kind) == [.budget])
        #expect(!DrainMachine.passTime(step.drain, at: Scene.start + .seconds(15), policy: scene.policy).calls.isEmpty)
        #expect(scene.judged().drain.phase == .draining)
    }

    @Test("waits for a protected task before it sets DRAINING, which would not respect the protection")
    func protectedTask() {
        var scene = Scene()
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        let task = Scene.task("old", on: Scene.host)
        scene.put(task)
        scene.snapshot.protectedTasks = [task.arn: Scene.start + .seconds(600)]
        let step = scene.judged()
        #expect(step.calls.isEmpty)
        #expect(step.blockers == [.protectedTask])
        scene.snapshot.protectedTasks = [:]
        #expect(scene.judged().calls == [.setDraining(scene.drain.id, Scene.location)])
    }

    @Test("does not wait for ever to see which tasks are protected")
    func protectionUnseen() {
        var scene = Scene()
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        scene.snapshot.protectionUnseen = "AccessDenied"
        #expect(scene.judged(after: .seconds(59)).calls.isEmpty)
        #expect(!scene.judged(after: .seconds(60)).calls.isEmpty)
    }

    @Test(
        "deregisters no instance whose standalone tasks are still waited for, since ECS would list them no more",
        arguments: [
            (DrainPolicy.StandaloneTasks.wait, false), (.stop, false), (.stopAfter(.seconds(900)), false),
            (.ignore, true),
        ])
    func deregistersLater(standaloneTasks: DrainPolicy.StandaloneTasks, deregisters: Bool) {
        var scene = Scene()
        scene.policy.detach = .deregister
        scene.policy.standaloneTasks = standaloneTasks
        scene.put(Scene.task("job", on: Scene.host, service: nil))
        let operations = scene.judged().calls.map(\.operation)
        #expect(operations.contains("DeregisterContainerInstance") == deregisters)
        scene.put(Scene.task("job", on: Scene.host, service: nil, lastStatus: "STOPPED"))
        scene.put(Scene.task("old", on: Scene.host))
        #expect(scene.judged().calls == [.deregister(scene.drain.id, Scene.location)])
    }

    @Test("deregisters, when that is the mode, only what is DRAINING and was listed then: ECS forgets the tasks")
    func deregisters() {
        var scene = Scene()
        scene.policy.detach = .deregister
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        #expect(scene.judged().calls == [.setDraining(scene.drain.id, Scene.location)])
        scene.snapshot.containerInstances[Scene.host]?.status = .draining
        scene.put(Scene.task("old", on: Scene.host))
        #expect(scene.judged().calls == [.deregister(scene.drain.id, Scene.location)])
        scene.snapshot.listedContainerInstances = []
        #expect(scene.judged().calls.isEmpty)
    }

    @Test("looks for an instance again that is registered no more before anyone saw what ran there")
    func deregisteredUnseen() {
        var scene = Scene()
        scene.snapshot.tasks = [:]
        scene.snapshot.containerInstances = [:]
        scene.snapshot.listedContainerInstances = []
        let step = scene.judged()
        #expect(!step.completes)
        #expect(step.drain.location == nil)
    }

    /// Two looks: one shows the second registration, the next covers it.
    private func registeredTwice(_ old: ContainerInstance.Status?, _ new: ContainerInstance.Status) -> Scene {
        var scene = Scene()
        scene.snapshot.containerInstances[Scene.host]?.status = old ?? .inactive
        scene.snapshot.containerInstances[Scene.otherHost] = ContainerInstance(
            arn: Scene.otherHost, instance: "i-0a", status: new, agentConnected: true)
        scene.judge(after: .seconds(1))
        scene.snapshot.asked = scene.drain.containerInstances
        return scene
    }

    @Test("takes an instance out of service under every name it is registered by")
    func registeredTwice() {
        var scene = registeredTwice(.draining, .active)
        scene.snapshot.listedContainerInstances = scene.drain.containerInstances
        let other = Drain.Location(cluster: "web", containerInstance: Scene.otherHost)
        #expect(scene.judged().calls == [.setDraining(scene.drain.id, other)])
    }

    @Test("does not call an instance drained while a task runs under its other name")
    func tasksUnderOtherName() {
        var scene = registeredTwice(.draining, .draining)
        scene.drain.outOfServiceSince = Scene.start - .seconds(60)
        scene.put(Scene.task("new", on: Scene.otherHost, lastStatus: "DEACTIVATING"))
        scene.snapshot.services = [:]
        scene.snapshot.listedContainerInstances = [Scene.host, Scene.otherHost]
        #expect(!scene.judged().completes)
    }

    @Test("follows an instance that has registered anew when its old name is gone")
    func registeredAnew() {
        let scene = registeredTwice(nil, .active)
        #expect(scene.drain.location?.containerInstance == Scene.otherHost)
        #expect(scene.drain.alsoRegistered.isEmpty)
    }

    @Test("undoes its own DRAINING when it is called off, and leaves the action to its timeout")
    func cancelled() {
        var scene = Scene()
        scene.drain.drainingSetByUs = true
        let step = DrainMachine.cancel(scene.drain, at: Scene.start)
        #expect(step.calls == [.setActive(scene.drain.id, Scene.location)])
        scene.drain = step.drain
        let later = DrainMachine.passTime(scene.drain, at: Scene.start + .seconds(60), policy: scene.policy)
        #expect(later.calls == step.calls)
        #expect(scene.answered(step.calls[0], .done).outcome == .cancelled)
    }

    @Test("keeps trying to undo it, until ECS knows the instance no more")
    func cancelledAndRefused() {
        var scene = Scene()
        scene.drain.drainingSetByUs = true
        let step = DrainMachine.cancel(scene.drain, at: Scene.start)
        scene.drain = step.drain
        #expect(scene.answered(step.calls[0], .refused("no route")).phase != .finished)
        #expect(scene.answered(step.calls[0], .notFound("INACTIVE")).outcome == .cancelled)
    }

    @Test("never undoes a DRAINING that someone else set")
    func cancelledForeign() {
        let step = DrainMachine.cancel(Scene().drain, at: Scene.start)
        #expect(step.calls.isEmpty)
        #expect(step.drain.outcome == .cancelled)
    }

    @Test("drains by hand without any lifecycle action, and completes none")
    func manual() {
        var scene = Scene()
        var drain = DrainMachine.acceptManual("i-0a", at: Scene.start, policy: scene.policy)
        drain = DrainMachine.located(drain, at: Scene.location, now: Scene.start)
        drain.outOfServiceSince = scene.drain.outOfServiceSince
        scene.drain = drain
        let step = scene.judged()
        #expect(step.calls.isEmpty)
        #expect(step.drain.outcome == .drained)
    }

    /// Of the standard scene, as an operator asks for it.
    private func askedFor(completesAction: Bool) -> Scene {
        var scene = Scene()
        let drain = DrainMachine.acceptManual(
            "i-0a", completesAction: completesAction, at: Scene.start, policy: scene.policy)
        scene.drain = DrainMachine.located(drain, at: Scene.location, now: Scene.start)
        scene.drain.outOfServiceSince = Scene.start - .seconds(60)
        return scene
    }

    @Test("does nothing to an instance before it is known whether an action is to be completed with it")
    func seeksFirst() {
        var scene = askedFor(completesAction: true)
        #expect(scene.judged().drain.isUndecided)
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        #expect(scene.judged().calls.isEmpty)
    }

    @Test("completes the one action that Auto Scaling was found to wait with, once it has confirmed it")
    func completesFoundAction() {
        var scene = askedFor(completesAction: true)
        let action = Scene.action(token: nil)
        scene.drain = DrainMachine.actionsFound(scene.drain, [action], at: Scene.start)
        #expect(!scene.judged().completes)
        scene.drain = scene.answered(.recordHeartbeat(scene.drain.id, action), .done)
        #expect(scene.judged().calls == [.complete(scene.drain.id, action, .continue)])
    }

    @Test("drains and completes nothing when Auto Scaling does not wait, or with several hooks")
    func completesNothing() {
        for pending in [[], [Scene.action(), Scene.action()]] {
            var scene = askedFor(completesAction: true)
            scene.drain = DrainMachine.actionsFound(scene.drain, pending, at: Scene.start)
            let step = scene.judged()
            #expect(step.calls.isEmpty)
            #expect(step.drain.outcome == .drained)
        }
    }

    @Test("goes on without an action that Auto Scaling does not confirm, when an operator asked for the drain")
    func outlivesAction() {
        var scene = askedFor(completesAction: true)
        let action = Scene.action(token: nil)
        scene.drain = DrainMachine.actionsFound(scene.drain, [action], at: Scene.start)
        scene.drain = scene.answered(.recordHeartbeat(scene.drain.id, action), .noActiveAction)
        let step = scene.judged()
        #expect(step.calls.isEmpty)
        #expect(step.drain.outcome == .drained)
    }

    @Test("shows why it does not know whether Auto Scaling waits, and what to allow")
    func actionsUnread() {
        let scene = askedFor(completesAction: true)
        let drain = DrainMachine.actionsUnread(scene.drain, "AccessDenied", at: Scene.start)
        #expect(drain.blockedBy.map(\.code) == [.hookUnread])
        #expect(DrainMachine.actionsFound(drain, [], at: Scene.start).blockedBy.isEmpty)
    }

    @Test("ends at once when an operator names an instance that is in no served cluster")
    func manualAbsent() {
        let drain = DrainMachine.acceptManual("i-0a", at: Scene.start, policy: DrainPolicy())
        let step = DrainMachine.absent(drain, at: Scene.start, policy: DrainPolicy())
        #expect(step.drain.outcome == .notOurs)
    }

    @Test("does nothing to an instance that is in another cluster than the operator says")
    func otherThanNamed() {
        let asked = DrainMachine.acceptManual("i-0a", in: "batch", at: Scene.start, policy: DrainPolicy())
        let drain = DrainMachine.located(asked, at: Scene.location, now: Scene.start)
        #expect(drain.outcome == .notOurs)
        #expect(drain.location == nil)
    }

    @Test("says what becomes of an instance that its group retains when the action is abandoned")
    func retained() {
        var scene = Scene()
        scene.drain = DrainMachine.retention(scene.drain, true)
        scene.drain = DrainMachine.force(scene.drain, .abandon, at: Scene.start).drain
        let drain = scene.answered(.complete(scene.drain.id, Scene.action(), .abandon), .done)
        #expect(drain.history.last?.message.contains("Terminating:Retained") == true)
    }

    @Test("names the other hooks for which Auto Scaling waits, and knows ECS managed instance draining's")
    func hooksBeside() {
        let scene = Scene()
        let drain = DrainMachine.hookRead(
            scene.drain, LifecycleHookTiming(heartbeatTimeoutSeconds: 300),
            beside: ["ecs-managed-draining-termination-hook"], at: Scene.start, policy: scene.policy)
        #expect(drain.history.last?.message.contains("ECS managed instance draining") == true)
    }
}
