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

    @Test("leads from the same record and look to the same step, however often")
    func repeatable() {
        #expect(Scene().judged() == Scene().judged())
    }

    @Test("asks for a heartbeat when half of the hook's timeout has passed")
    func heartbeatDue() {
        var scene = Scene()
        scene.drain = DrainMachine.hookRead(
            scene.drain, LifecycleHookTiming(heartbeatTimeoutSeconds: 300), at: Scene.start, policy: scene.policy)
        let (drain, policy) = (scene.drain, scene.policy)
        #expect(DrainMachine.passTime(drain, at: Scene.start + .seconds(149), policy: policy).calls.isEmpty)
        #expect(
            DrainMachine.passTime(drain, at: Scene.start + .seconds(150), policy: policy).calls
                == [.recordHeartbeat(drain.id, drain.action)])
    }

    @Test("assumes the shortest timeout that AWS allows until the hook has been read")
    func heartbeatOfUnknownHook() {
        let scene = Scene()
        #expect(scene.drain.heartbeatDue == Scene.start + .seconds(15))
    }

    @Test("counts a confirmed heartbeat, and plans the next from it")
    func heartbeatAnswered() {
        let scene = Scene()
        let later = Scene.start + .seconds(20)
        let drain = DrainMachine.answered(
            scene.drain, .recordHeartbeat(scene.drain.id, scene.drain.action), .done, mayHaveBeenSentBefore: false,
            at: later)
        #expect(drain.heartbeat.count == 1)
        #expect(drain.heartbeatDue == later + .seconds(15))
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
        #expect(step.calls == [.complete(drain.id, drain.action, onTimeout)])
    }

    @Test("never changes a decision once it is made")
    func decisionIsFinal() {
        var scene = Scene()
        scene.judge(after: .seconds(10))
        let decided = scene.drain
        scene.put(Scene.task("old", on: Scene.host))
        #expect(scene.judged(after: .seconds(20)).drain == decided)
        let late = DrainMachine.passTime(decided, at: decided.deadline + .seconds(1), policy: scene.policy)
        #expect(late.drain == decided)
    }

    @Test("finishes with the decided outcome when the completion is answered")
    func completed() {
        let step = Scene().judged()
        let drain = DrainMachine.answered(
            step.drain, step.calls[0], .done, mayHaveBeenSentBefore: false, at: Scene.start + .seconds(11))
        #expect(drain.outcome == .drained)
        #expect(drain.phase == .finished)
        #expect(drain.finishedAt == Scene.start + .seconds(11))
    }

    @Test("calls a drain gone when Auto Scaling knows the action no more")
    func gone() {
        let step = Scene().judged()
        let drain = DrainMachine.answered(
            step.drain, step.calls[0], .noActiveAction, mayHaveBeenSentBefore: false, at: Scene.start)
        #expect(drain.outcome == .gone)
    }

    @Test("keeps the decided outcome when an earlier completion, whose answer was lost, had reached Auto Scaling")
    func lostAnswer() {
        let step = Scene().judged()
        let drain = DrainMachine.answered(
            step.drain, step.calls[0], .noActiveAction, mayHaveBeenSentBefore: true, at: Scene.start)
        #expect(drain.outcome == .drained)
    }

    @Test("ends a drain whose heartbeat finds no action")
    func heartbeatFindsNothing() {
        let scene = Scene()
        let drain = DrainMachine.answered(
            scene.drain, .recordHeartbeat(scene.drain.id, scene.drain.action), .noActiveAction,
            mayHaveBeenSentBefore: false, at: Scene.start)
        #expect(drain.outcome == .gone)
    }

    @Test("shows a refused call as a blocker until one like it succeeds")
    func refusedCall() {
        let scene = Scene()
        let call = Call.setDraining(scene.drain.id, Scene.location)
        let refused = DrainMachine.answered(
            scene.drain, call, .failed("AccessDenied"), mayHaveBeenSentBefore: false, at: Scene.start)
        #expect(refused.blockedBy.map(\.code) == [.awsRefused])
        let healed = DrainMachine.answered(refused, call, .done, mayHaveBeenSentBefore: false, at: Scene.start)
        #expect(healed.blockedBy.isEmpty)
    }

    @Test("takes an instance for not ours only after the registration delay, seen absent at both ends")
    func notOurs() {
        let policy = DrainPolicy()
        let drain = DrainMachine.accept(Scene.action(), from: .sns, at: Scene.start, policy: policy)
        let first = DrainMachine.absent(drain, at: Scene.start, policy: policy)
        #expect(!first.completes)
        #expect(!DrainMachine.absent(first.drain, at: Scene.start + .seconds(59), policy: policy).completes)
        let last = DrainMachine.absent(first.drain, at: Scene.start + .seconds(60), policy: policy)
        #expect(last.drain.decision?.outcome == .notOurs)
        #expect(last.calls == [.complete(drain.id, drain.action, .continue)])
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
}
