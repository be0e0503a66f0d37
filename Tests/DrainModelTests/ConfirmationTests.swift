import DrainModel
import Testing

@Suite("Until Auto Scaling has confirmed that it waits, since a message may be an hour old and its instance back")
struct ConfirmationTests {
    private var scene: Scene

    init() {
        scene = Scene()
        scene.drain.heartbeat.lastAt = nil
    }

    @Test("an instance in service stays there")
    func inService() {
        var scene = scene
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        #expect(scene.judged().calls.isEmpty)
    }

    @Test("nothing is completed, and that is what is waited for")
    func completion() {
        #expect(!scene.judged().completes)
        #expect(
            scene.judged().waits
                == ["container-instance i-0a: every condition holds, until Auto Scaling confirms that it waits"])
    }

    @Test("an instance that is DRAINING already is not deregistered")
    func deregistration() {
        var scene = scene
        scene.policy.detach = .deregister
        scene.drain.taskListIsClosed = true
        #expect(scene.judged().calls.isEmpty)
        scene.drain.heartbeat.lastAt = Scene.start
        #expect(scene.judged().calls == [.deregister(scene.drain.id, Scene.location)])
    }

    @Test(
        "a token that it heard of an earlier wait is forgotten, also when it is decided; not once it may be completed")
    func heardToken() {
        let adopted = DrainMachine.accept(
            Scene.action(token: nil), from: .reconcile, at: Scene.start, policy: DrainPolicy())
        var drain = DrainMachine.heard(adopted, "old")
        drain.decision = .init(result: .continue, outcome: .drained, at: Scene.start)
        let answered = { (mayBeCompleted: Bool) in
            DrainMachine.answered(
                drain, .recordHeartbeat(drain.id, Scene.action()), .noActiveAction, sentAt: Scene.start,
                mayHaveBeenSentBefore: mayBeCompleted, at: Scene.start)
        }
        #expect(answered(false).action?.token == nil)
        #expect(answered(true).action?.token == "old")
    }

    @Test("one that is decided ends when Auto Scaling no longer waits, unless its completion may say so itself")
    func decidedAndGone() {
        var drain = scene.drain
        drain.decision = .init(result: .continue, outcome: .drained, at: Scene.start)
        let answered = { (drain: Drain, mayBeCompleted: Bool) in
            DrainMachine.answered(
                drain, .recordHeartbeat(drain.id, Scene.action()), .noActiveAction, sentAt: Scene.start,
                mayHaveBeenSentBefore: mayBeCompleted, at: Scene.start)
        }
        #expect(answered(drain, false).outcome == .gone)
        #expect(answered(drain, true).phase != .finished)
        drain.decision = .init(result: .continue, outcome: .cancelled, at: Scene.start)
        #expect(answered(drain, false).phase != .finished)
    }

    @Test("one that is decided hears no token any more, and one that was heard is not trusted by the next process")
    func decidedToken() {
        var adopted = DrainMachine.accept(
            Scene.action(token: nil), from: .reconcile, at: Scene.start, policy: DrainPolicy())
        var drain = DrainMachine.heard(adopted, "old")
        adopted.decision = .init(result: .continue, outcome: .drained, at: Scene.start)
        #expect(DrainMachine.heard(adopted, "old").action?.token == nil)
        drain.decision = adopted.decision
        #expect(DrainMachine.takenUp(drain).drain.action?.token == nil)
    }

    @Test("no standalone task is stopped")
    func standaloneTasks() {
        var scene = scene
        scene.policy.standaloneTasks = .stop
        let job = Scene.task("job", on: Scene.host, service: nil)
        scene.put(job)
        #expect(scene.judged().calls.isEmpty)
        scene.drain.heartbeat.lastAt = Scene.start
        #expect(scene.judged().calls == [.stopTask(scene.drain.id, "web", job.arn)])
    }
}
