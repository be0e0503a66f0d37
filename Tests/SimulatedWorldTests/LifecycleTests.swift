import Testing

@testable import SimulatedWorld

@Suite("Lifecycle hooks")
struct LifecycleTests {
    @Test("an instance whose action is never completed terminates when the heartbeat timeout passes")
    func timeout() throws {
        var world = try World.scene()
        let action = try world.instanceWaiting(heartbeat: .seconds(60))
        world.advance(by: .milliseconds(59_999))
        #expect(world.state(of: action) == .terminatingWait)
        world.advance(by: .milliseconds(1))
        #expect(world.state(of: action) == .terminatingProceed)
        #expect(world.completion(of: action)?.cause == .timeout)
        world.advance(by: world.timings.proceed)
        #expect(world.state(of: action) == .terminated)
    }

    @Test("the default result holds at the timeout", arguments: [World.LifecycleActionResult.continue, .abandon])
    func defaultResult(result: World.LifecycleActionResult) throws {
        var world = try World.scene()
        let action = try world.instanceWaiting(heartbeat: .seconds(30), defaultResult: result)
        world.advance(by: .seconds(30))
        #expect(world.completion(of: action)?.result == result)
    }

    @Test("a heartbeat restarts the timer")
    func heartbeat() throws {
        var world = try World.scene()
        let action = try world.instanceWaiting(heartbeat: .seconds(60))
        world.advance(by: .seconds(50))
        try world.recordLifecycleActionHeartbeat(group: action.group, hook: action.hook, token: action.token)
        world.advance(by: .seconds(59))
        #expect(world.state(of: action) == .terminatingWait)
        world.advance(by: .seconds(1))
        #expect(world.completion(of: action)?.at == action.startedAt + .seconds(110))
        #expect(world.lifecycleActions[action.id.number].heartbeats == [action.startedAt + .seconds(50)])
    }

    @Test("no heartbeat carries an action beyond 100 heartbeat timeouts")
    func globalTimeout() throws {
        var world = try World.scene()
        let action = try world.instanceWaiting(heartbeat: .seconds(30))
        while world.completion(of: action) == nil, world.now < action.startedAt + .seconds(4000) {
            try world.recordLifecycleActionHeartbeat(group: action.group, hook: action.hook, token: action.token)
            world.advance(by: .seconds(20))
        }
        #expect(world.completion(of: action)?.at == action.startedAt + .seconds(3000))
    }

    @Test("the global timeout is never more than 48 hours")
    func globalTimeoutCap() {
        let hook = World.LifecycleHook(name: "h", group: "g", heartbeatTimeout: .seconds(7200))
        #expect(hook.globalTimeout == .seconds(48 * 3600))
    }

    @Test("an action is completed by instance id as well as by token")
    func byInstance() throws {
        var world = try World.scene()
        let action = try world.instanceWaiting()
        try world.completeLifecycleAction(
            group: action.group, hook: action.hook, result: .continue, instanceID: action.instanceID)
        #expect(world.completion(of: action)?.cause == .call)
    }

    @Test("completing twice fails as Auto Scaling fails, with the token in its words")
    func completedTwice() throws {
        var world = try World.scene()
        let action = try world.instanceWaiting()
        try world.complete(action)
        #expect(
            throws: World.Failure(
                "ValidationError", "No active Lifecycle Action found with token \(action.token)", status: 400)
        ) { try world.complete(action) }
    }

    @Test("a heartbeat for an instance without an action fails with the instance id in its words")
    func strayHeartbeat() throws {
        var world = try World.scene()
        let instance = world.members()[0].instanceID
        #expect(throws: World.Failure.validation("No active Lifecycle Action found with instance ID \(instance)")) {
            try world.recordLifecycleActionHeartbeat(group: World.group, hook: World.hook, instanceID: instance)
        }
    }

    @Test("all hooks are waited for")
    func parallelHooks() throws {
        var world = try World.scene()
        try world.putLifecycleHook(.init(name: "other", group: World.group))
        let action = try world.instanceWaiting()
        try world.complete(action)
        #expect(world.state(of: action) == .terminatingWait)
        try world.completeLifecycleAction(
            group: World.group, hook: "other", result: .continue, instanceID: action.instanceID)
        #expect(world.state(of: action) == .terminatingProceed)
    }

    @Test("ABANDON ends the waiting for the other hooks")
    func abandon() throws {
        var world = try World.scene()
        try world.putLifecycleHook(.init(name: "other", group: World.group))
        let action = try world.instanceWaiting()
        try world.complete(action, .abandon)
        #expect(world.state(of: action) == .terminatingProceed)
        #expect(world.lifecycleActions.allSatisfy { $0.completion != nil })
    }

    @Test("a launch hook keeps an instance waiting, and ABANDON has it replaced")
    func launchHook() throws {
        var world = try World.scene()
        try world.putLifecycleHook(.init(name: "ready", group: World.group, transition: .launching))
        try world.setDesiredCapacity(5, ofGroup: World.group)
        world.advance(by: .seconds(60))
        let newcomer = try #require(world.members().last)
        #expect(newcomer.lifecycleState == .pendingWait)
        try world.completeLifecycleAction(
            group: World.group, hook: "ready", result: .abandon, instanceID: newcomer.instanceID)
        world.advance(by: .seconds(60))
        #expect(world.instance(withID: newcomer.instanceID)?.lifecycleState == .terminated)
        #expect(world.members().count == 5)
    }
}

@Suite("Auto Scaling groups")
struct AutoScalingGroupTests {
    @Test("without decrement, another instance is launched at once")
    func replaced() throws {
        var world = try World.scene()
        _ = try world.terminateInstanceInAutoScalingGroup(
            instanceID: world.members()[0].instanceID, shouldDecrementDesiredCapacity: false)
        world.advance(by: .seconds(60))
        #expect(world.members().count == 4)
        #expect(world.members().allSatisfy { $0.lifecycleState == .inService && $0.containerInstance != nil })
    }

    @Test("with decrement, the group shrinks")
    func decremented() throws {
        var world = try World.scene()
        _ = try world.terminateInstanceInAutoScalingGroup(
            instanceID: world.members()[0].instanceID, shouldDecrementDesiredCapacity: true)
        world.advance(by: .seconds(60))
        #expect(world.members().count == 3)
    }

    @Test("a decrement below the minimum is refused")
    func belowMinimum() throws {
        var world = try World.scene()
        try world.updateAutoScalingGroup(named: World.group, minSize: 4)
        #expect(throws: World.Failure.self) {
            try world.terminateInstanceInAutoScalingGroup(
                instanceID: world.members()[0].instanceID, shouldDecrementDesiredCapacity: true)
        }
    }

    @Test("scale-in takes the oldest of the fullest zone")
    func victims() throws {
        var world = try World.scene()
        let first = world.members()[0]
        try world.setDesiredCapacity(3, ofGroup: World.group)
        world.advance(by: .seconds(10))
        #expect(world[first.id].lifecycleState == .terminated)
    }

    @Test("a desired capacity above the maximum is refused in AWS's words")
    func aboveMaximum() throws {
        var world = try World.scene()
        #expect(
            throws: World.Failure.validation(
                "New SetDesiredCapacity value 101 is above max value 100 for the AutoScalingGroup.")
        ) { try world.setDesiredCapacity(101, ofGroup: World.group) }
    }

    @Test("an instance stopped by hand fires the hook when the group notices, with nothing left to drain")
    func stoppedByHand() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        try world.putLifecycleHook(.init(name: World.hook, group: World.group))
        let instance = world.members()[0]
        try world.terminateInstance(instanceID: instance.instanceID)
        world.advance(by: world.timings.hostDeathNoticed)
        #expect(world[instance.id].lifecycleState == .terminatingWait)
        #expect(try world.liveTasks(on: world[instance.id]).isEmpty)
    }
}
