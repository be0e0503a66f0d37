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

    @Test("nothing is completed")
    func completion() {
        #expect(!scene.judged().completes)
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
