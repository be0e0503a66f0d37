import Testing

@testable import SimulatedWorld

@Suite("What happens to instances")
struct InstanceTests {
    private func hooked(_ services: [World.Scenario.ServicePlan] = []) throws -> World {
        var world = try World.scene(services)
        try world.putLifecycleHook(.init(name: World.hook, group: World.group, defaultResult: .continue))
        return world
    }

    // MARK: Forced deregistration

    @Test("a forced deregistration leaves orphans that live until their machine dies")
    func orphans() throws {
        var world = try World.scene([.balanced("web", count: 4)])
        let instance = world.members()[0]
        let task = try #require(try world.liveTasks(on: instance).first)
        try world.deregisterContainerInstance(try world.host(of: instance).arn, cluster: World.cluster, force: true)
        #expect(world[task.id]?.lastStatus == .stopped)
        world.advance(by: .seconds(600))
        #expect(world[task.id]?.isProcessAlive == true)
        try world.terminateInstance(instanceID: instance.instanceID)
        #expect(world[task.id]?.isProcessAlive == false)
    }

    @Test("its targets are deregistered, so no request is lost while others start")
    func orphansServe() throws {
        var world = try World.scene([.balanced("web", count: 4)])
        let instance = world.members()[0]
        try world.deregisterContainerInstance(try world.host(of: instance).arn, cluster: World.cluster, force: true)
        #expect(world.targetGroups[0].targets.count { $0.state == .draining } == 1)
        world.advance(by: .seconds(60))
        try world.terminateInstance(instanceID: instance.instanceID)
        world.advance(by: .seconds(60))
        #expect(world.serviceTruths[0].requests.lost == 0)
    }

    @Test("without force an instance with tasks is not deregistered")
    func notForced() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        let host = try world.host(of: world.members()[0])
        #expect(throws: World.Failure.self) {
            try world.deregisterContainerInstance(host.arn, cluster: World.cluster, force: false)
        }
    }

    // MARK: Stopped and reset

    @Test("an instance stopped by hand stays in ECS's books, and its group terminates it")
    func stopped() throws {
        var world = try hooked([.plain("worker", count: 4)])
        let instance = world.members()[0]
        try world.stopInstance(instanceID: instance.instanceID)
        world.advance(by: world.timings.hostDeathNoticed)
        #expect(world[instance.id].ec2State == .stopped)
        #expect(world[instance.id].lifecycleState == .terminatingWait)
        #expect(try world.host(of: world[instance.id]).status == .active)
        #expect(try world.host(of: world[instance.id]).agentConnected == false)
        #expect(try world.liveTasks(on: instance).map(\.lastStatus) == [.running])
    }

    @Test("EC2 tells what ECS does not: a stopped instance is stopped, and one that ended is forgotten after an hour")
    func described() throws {
        var world = try hooked([.plain("worker", count: 4)])
        let (instance, other) = (world.members()[0], world.members()[1])
        try world.stopInstance(instanceID: instance.instanceID)
        world.advance(by: world.timings.hostDeathNoticed)
        let ids = [instance.instanceID, other.instanceID, "i-nobody"]
        #expect(world.describeInstances(ids).map(\.ec2State) == [.stopped, .running])
        try world.terminateInstance(instanceID: instance.instanceID)
        world.advance(by: .seconds(3700))
        #expect(world.describeInstances(ids).map(\.instanceID) == [other.instanceID])
    }

    @Test("once its hook is completed, a stopped instance is terminated and given up by ECS")
    func stoppedThenTerminated() throws {
        var world = try hooked([.plain("worker", count: 4)])
        let instance = world.members()[0]
        try world.stopInstance(instanceID: instance.instanceID)
        world.advance(by: world.timings.hostDeathNoticed)
        try world.completeLifecycleAction(
            group: World.group, hook: World.hook, result: .continue, instanceID: instance.instanceID)
        world.advance(by: .seconds(30))
        #expect(world[instance.id].ec2State == .terminated)
        #expect(try world.host(of: world[instance.id]).status == .inactive)
        #expect(try world.liveTasks(of: "worker").count == 4)
    }

    @Test("an agent that lost its state registers the same instance a second time")
    func registeredTwice() throws {
        var world = try World.scene([.plain("worker", count: 4)])
        let instance = world.members()[0]
        let first = try world.host(of: instance)
        try world.resetAgent(ofInstance: instance.instanceID)
        world.advance(by: world.timings.registration)
        let hosts = world[instance.id].containerInstances.map { world[$0] }
        #expect(hosts.map(\.ec2InstanceID) == [instance.instanceID, instance.instanceID])
        #expect(hosts.map(\.agentConnected) == [false, true])
        #expect(hosts[0].arn == first.arn && hosts[1].arn != first.arn)
    }

    @Test("tasks of an instance's earlier registration stand against its drain as well")
    func registeredTwiceIsJudged() throws {
        var world = try hooked([.plain("worker", count: 4)])
        let instance = world.members()[0]
        try world.resetAgent(ofInstance: instance.instanceID)
        world.advance(by: world.timings.registration)
        _ = try world.terminating(instance)
        #expect(world.unmetConditions(ofInstance: instance.instanceID)?.tasks.count == 1)
    }

    @Test("an instance may register later than others")
    func lateRegistration() throws {
        var world = try World.scene()
        try world.setDesiredCapacity(6, ofGroup: World.group)
        let late = world.members()[4]
        try world.delayRegistration(ofInstance: late.instanceID, by: .seconds(100))
        world.advance(by: world.timings.boot + world.timings.registration)
        #expect(world.members().map { $0.containerInstance != nil } == [true, true, true, true, false, true])
        world.advance(by: .seconds(100))
        #expect(world[late.id].containerInstance != nil)
    }

    // MARK: Spot

    @Test("an interrupted Spot instance dies after two minutes, whatever its hook says")
    func interrupted() throws {
        var world = try hooked([.plain("worker", count: 4)])
        let instance = world.members()[0]
        try world.interruptSpotInstance(instanceID: instance.instanceID, drains: true)
        #expect(try world.host(of: instance).status == .draining)
        let action = try world.terminating(instance)
        world.advance(by: .milliseconds(119_999))
        #expect(world[instance.id].isAlive)
        world.advance(by: .milliseconds(1))
        #expect(!world[instance.id].isAlive)
        #expect(world.completion(of: action) == nil)
    }

    @Test("an interruption is announced on the topic, by the time that it was decided")
    func announced() throws {
        var world = try hooked([.plain("worker", count: 4)])
        let topic = world.createTopic(named: "spot")
        let subscription = try world.subscribe(endpoint: "https://draind.example/sns", toTopic: topic)
        try world.confirmSubscription(topicARN: topic, token: subscription.token)
        let instance = world.members()[0]
        try world.interruptSpotInstance(
            instanceID: instance.instanceID, left: .seconds(20), publishingTo: topic)
        let message = try #require(world.dueDeliveries().last).message
        let warnedAt = WorldTime(milliseconds: world.now.milliseconds - 100_000)
        #expect(message.contains(#""detail-type":"EC2 Spot Instance Interruption Warning""#))
        #expect(message.contains(#""time":"\#(warnedAt.iso8601)""#))
        #expect(message.contains(#""instance-id":"\#(instance.instanceID)""#))
        world.advance(by: .seconds(20))
        #expect(!world[instance.id].isAlive)
    }

    // MARK: Protected, retained, deleted hook

    @Test("a scale-in passes over protected instances")
    func protected() throws {
        var world = try World.scene()
        let first = world.members()[0]
        try world.setInstanceProtection(true, instanceIDs: [first.instanceID], group: World.group)
        try world.setDesiredCapacity(3, ofGroup: World.group)
        world.advance(by: .seconds(10))
        #expect(world[first.id].lifecycleState == .inService)
        #expect(world.members().count == 3)
    }

    @Test("if all are protected, a scale-in waits")
    func allProtected() throws {
        var world = try World.scene()
        try world.setInstanceProtection(true, instanceIDs: world.members().map(\.instanceID), group: World.group)
        try world.setDesiredCapacity(2, ofGroup: World.group)
        world.advance(by: .seconds(60))
        #expect(world.members().map(\.lifecycleState) == Array(repeating: .inService, count: 4))
    }

    @Test("a group that retains keeps an abandoned instance alive until it is terminated by a call")
    func retained() throws {
        var world = try hooked()
        try world.updateAutoScalingGroup(named: World.group, terminateHookAbandon: .retain)
        let action = try world.terminating(world.members()[0])
        try world.complete(action, .abandon)
        world.advance(by: .seconds(600))
        #expect(world.state(of: action) == .terminatingRetained)
        #expect(world[action.instance].isAlive)
        _ = try world.terminateInstanceInAutoScalingGroup(
            instanceID: action.instanceID, shouldDecrementDesiredCapacity: false)
        world.advance(by: .seconds(10))
        #expect(world.state(of: action) == .terminated)
        #expect(world.members().count == 3)
    }

    @Test("deleting a hook completes what waits for it")
    func hookDeleted() throws {
        var world = try hooked()
        let action = try world.terminating(world.members()[0])
        try world.deleteLifecycleHook(named: World.hook, group: World.group)
        #expect(world.completion(of: action)?.result == .continue)
        #expect(world.completion(of: action)?.cause == .hookDeleted)
        #expect(world.state(of: action) == .terminatingProceed)
    }

    // MARK: Managed draining

    @Test("ECS's own hook sets the instance DRAINING and completes itself, while ours waits on")
    func managedDraining() throws {
        var world = try hooked([.plain("worker", count: 4)])
        try world.enableManagedDraining(ofGroup: World.group)
        let instance = world.members()[0]
        _ = try world.terminating(instance)
        world.advance(by: .seconds(60))
        let actions = world.lifecycleActions.filter { $0.instance == instance.id }
        #expect(try world.host(of: instance).status == .draining)
        #expect(actions.map(\.hook) == [World.hook, World.managedDrainingHook])
        #expect(actions.map { $0.completion?.cause } == [nil, .managedDraining])
        #expect(world[instance.id].lifecycleState == .terminatingWait)
    }

    @Test("a capacity provider's instances carry its name")
    func capacityProvider() throws {
        var scenario = World.Scenario()
        scenario.capacityProvider = "spot"
        let world = try World(scenario, startingAt: .start)
        #expect(try world.host(of: world.members()[0]).capacityProvider == "spot")
    }
}
