import DrainModel
import Testing

@Suite("Where a machine has ended and ECS has not heard of it,")
struct EndedMachineTests {
    /// One task runs on the instance by ECS's books, its agent is silent, and its replacement is in service elsewhere.
    private func scene(_ state: MachineState?) -> Scene {
        var scene = Scene()
        scene.put(Scene.task("old", on: Scene.host))
        scene.snapshot.containerInstances[Scene.host]?.agentConnected = false
        scene.snapshot.machineStates["i-0a"] = state
        return scene
    }

    @Test(
        "its tasks have ended with it",
        arguments: [MachineState.named("stopped"), .named("terminated"), .forgotten])
    func ended(state: MachineState) {
        let step = scene(state).judged()
        #expect(step.drain.decision?.outcome == .drained)
        #expect(step.blockers.isEmpty)
    }

    @Test(
        "what may yet run is waited for",
        arguments: ["pending", "running", "stopping", "shutting-down", "levitating"].map { MachineState.named($0) }
            + [nil])
    func running(state: MachineState?) {
        let step = scene(state).judged()
        #expect(!step.completes)
        #expect(step.waits == ["task old: RUNNING, service shop"])
    }

    @Test("nothing protects what ran there, and the instance is set DRAINING")
    func protected() {
        var scene = scene(.named("stopped"))
        scene.drain.outOfServiceSince = nil
        scene.snapshot.containerInstances[Scene.host]?.status = .active
        scene.snapshot.protectedTasks[Scene.task("old", on: nil).arn] = Scene.start + .seconds(3600)
        #expect(scene.judged().calls == [.setDraining(scene.drain.id, Scene.location)])
        scene.snapshot.machineStates["i-0a"] = .named("running")
        #expect(scene.judged().calls.isEmpty)
        #expect(scene.judged().blockers == [.agentDisconnected, .protectedTask])
    }

    @Test("its replacements must be in service as ever")
    func replacements() {
        var scene = scene(.named("stopped"))
        scene.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
        let step = scene.judged()
        #expect(step.waits == ["service shop: 0 of 1 tasks healthy on other instances"])
        #expect(step.drain.phase == .replacing)
    }

    @Test("none of its tasks is a replacement for those of another instance")
    func noReplacement() {
        var scene = Scene()
        scene.snapshot.containerInstances[Scene.otherHost] = ContainerInstance(
            arn: Scene.otherHost, instance: "i-0b", status: .draining, agentConnected: false)
        scene.snapshot.machineStates["i-0b"] = .named("stopped")
        #expect(scene.judged().waits == ["service shop: 0 of 1 tasks healthy on other instances"])
    }

    @Test("its tasks must have been listed in that look as ever")
    func notListed() {
        var scene = scene(.named("stopped"))
        scene.snapshot.listedContainerInstances = []
        #expect(!scene.judged().completes)
    }

    @Test("that is what one look shows: when it runs again, its tasks are waited for again")
    func startedAgain() {
        var scene = scene(.named("stopped"))
        scene.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
        scene.judge(after: .seconds(1))
        #expect(scene.drain.tasks.map(\.isStopped) == [false])
        scene.snapshot.machineStates["i-0a"] = .named("running")
        scene.put(Scene.task("new", on: Scene.otherHost))
        let step = scene.judge(after: .seconds(2))
        #expect(step.waits == ["task old: RUNNING, service shop"])
        #expect(step.drain.history.contains { $0.message.hasPrefix("The machine has not ended") })
    }

    @Test("the history says so once, also when EC2 has no answer for a while")
    func history() {
        var scene = scene(.named("stopped"))
        scene.snapshot.tasks[Scene.task("new", on: nil).arn] = nil
        scene.judge(after: .seconds(1))
        scene.snapshot.machineStates = [:]
        scene.judge(after: .seconds(2))
        scene.snapshot.machineStates["i-0a"] = .named("stopped")
        scene.judge(after: .seconds(3))
        let told = scene.drain.history.map(\.message).filter { $0.contains("machine") }
        #expect(
            told == [
                "EC2 says that the machine is stopped: its tasks have ended with it, although ECS has not heard it"
            ])
    }

    @Test(
        "its standalone tasks are neither waited for nor stopped", arguments: [DrainPolicy.StandaloneTasks.wait, .stop])
    func standalone(setting: DrainPolicy.StandaloneTasks) {
        var scene = scene(.named("stopped"))
        scene.policy.standaloneTasks = setting
        scene.put(Scene.task("batch", on: Scene.host, service: nil))
        let step = scene.judged()
        #expect(step.calls == [.complete(step.drain.id, Scene.action(), .continue)])
    }

    @Test(
        "and where it has not, the blocker says what EC2 says, and what fits that",
        arguments: [
            ("running", "EC2 says it is running.", "Restart the agent"), ("shutting-down", "shutting-down", "Wait: "),
        ])
    func blocker(state: String, says: String, hint: String) throws {
        let blocker = try #require(scene(.named(state)).judged().drain.blockedBy.first)
        #expect(blocker.code == .agentDisconnected)
        #expect(blocker.message.contains(says))
        #expect(blocker.hint.hasPrefix(hint))
    }

    @Test("and where EC2 would not say, the blocker names the permission that would tell")
    func permission() throws {
        var scene = scene(nil)
        scene.snapshot.machinesUnseen = "DescribeInstances: UnauthorizedOperation (HTTP 403): no"
        let blocker = try #require(scene.judged().drain.blockedBy.first)
        #expect(blocker.message.contains("UnauthorizedOperation"))
        #expect(blocker.hint.contains("ec2:DescribeInstances"))
    }
}
