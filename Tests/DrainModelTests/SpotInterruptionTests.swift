import DrainModel
import Testing

@Suite("The drain of an interrupted Spot instance")
struct SpotInterruptionTests {
    private let start = Scene.start

    private func accepted(after age: Duration = .zero) -> Drain? {
        DrainMachine.acceptInterruption(
            of: "i-0a", warnedAt: start, from: .sns, at: start + age, policy: DrainPolicy())
    }

    /// The scene with a task of no service, whose instance is taken back at the end of the two minutes.
    private func scene(_ status: ContainerInstance.Status = .draining) -> Scene {
        var scene = Scene()
        scene.drain = DrainMachine.interrupted(scene.drain, takenBackAt: start + .seconds(120), at: start)
        scene.snapshot.containerInstances[Scene.host]?.status = status
        scene.put(Scene.task("job", on: Scene.host, service: nil))
        return scene
    }

    @Test("has until two minutes after the warning, however late that comes")
    func deadline() throws {
        #expect(try #require(accepted(after: .seconds(100))).deadline == start + .seconds(120))
    }

    @Test("is the same however often the warning comes, and another for another warning")
    func identity() throws {
        let first = try #require(accepted())
        let again = try #require(accepted(after: .seconds(30)))
        let other = try #require(
            DrainMachine.acceptInterruption(
                of: "i-0a", warnedAt: start + .seconds(1), from: .sns, at: start + .seconds(1), policy: DrainPolicy()))
        #expect(first.id == again.id)
        #expect(first.id != other.id)
        #expect(first.id != DrainMachine.acceptManual("i-0a", at: start, policy: DrainPolicy()).id)
    }

    @Test("is none when the two minutes are over")
    func tooLate() {
        #expect(accepted(after: .milliseconds(119_999)) != nil)
        #expect(accepted(after: .seconds(120)) == nil)
    }

    @Test("has two minutes from now if the warning seems to come from the future")
    func slowClock() throws {
        #expect(try #require(accepted(after: .seconds(-3600))).deadline == start + .seconds(-3480))
    }

    @Test("is timed out, not anybody else's, if nobody could look for the instance")
    func unseen() throws {
        let drain = DrainMachine.lookFailed(try #require(accepted()), "AccessDenied", at: start)
        let step = DrainMachine.passTime(drain, at: start + .seconds(120), policy: DrainPolicy())
        #expect(step.drain.outcome == .timedOut)
    }

    @Test("makes a hook's drain not ours, too, that no search has found until then")
    func hookedAndAbsent() throws {
        let accepted = DrainMachine.accept(Scene.action(), from: .sns, at: start, policy: DrainPolicy())
        let drain = DrainMachine.interrupted(accepted, takenBackAt: start + .seconds(120), at: start)
        let absent = DrainMachine.absent(drain, at: start + .seconds(1), policy: DrainPolicy()).drain
        let outcomes = [drain, absent].map {
            DrainMachine.passTime($0, at: start + .seconds(120), policy: DrainPolicy()).drain.decision?.outcome
        }
        #expect(outcomes == [.timedOut, .notOurs])
    }

    @Test("waits for no protected task, and says so")
    func protectedTask() {
        var scene = scene(.active)
        scene.put(Scene.task("old", on: Scene.host))
        scene.snapshot.protectedTasks = [Scene.task("old", on: Scene.host).arn: start + .seconds(3600)]
        scene.snapshot.protectionUnseen = "AccessDenied"
        let step = scene.judged()
        #expect(step.calls == [.setDraining(scene.drain.id, Scene.location)])
        #expect(
            step.drain.history.contains { $0.message.contains("not waiting for tasks protected from scale-in: old") })
    }

    @Test("waits for no place among the drains in progress")
    func noPlace() {
        #expect(!scene(.active).judged(mayBegin: false).calls.isEmpty)
    }

    @Test("says until when a standalone task may end by itself")
    func hint() {
        let step = scene().judged(after: .seconds(10))
        #expect(step.blockers == [.standaloneTask])
        #expect(step.drain.blockedBy[0].hint.contains((start + .seconds(60)).rfc3339))
    }

    @Test("stops standalone tasks in the last minute, and does not call that blocked")
    func lastMinute() {
        let step = scene().judged(after: .seconds(60))
        #expect(step.calls == [.stopTask(step.drain.id, "web", Scene.task("job", on: Scene.host).arn)])
        #expect(step.blockers.isEmpty)
    }

    @Test("stops them together with DRAINING if it begins in the last minute")
    func beginsLate() {
        let step = scene(.active).judged(after: .seconds(90))
        #expect(step.calls.map(\.operation) == ["UpdateContainerInstancesState", "StopTask"])
    }

    @Test("deregisters nothing whose standalone tasks are still to be stopped")
    func deregistersLater() {
        var scene = scene()
        scene.policy.detach = .deregister
        scene.judge(after: .seconds(10))
        #expect(scene.judged(after: .seconds(20)).calls.isEmpty)
        scene.put(Scene.task("job", on: Scene.host, service: nil, lastStatus: "STOPPED"))
        scene.put(Scene.task("old", on: Scene.host))
        #expect(scene.judged(after: .seconds(80)).calls == [.deregister(scene.drain.id, Scene.location)])
    }
}
