@testable import SimulatedWorld

extension WorldTime {
    /// 2025-06-01T00:00:00Z.
    static let start = WorldTime(milliseconds: 1_748_736_000_000)
}

extension World {
    static let cluster = "demo"
    static let group = "demo-asg"
    static let hook = "drain"

    /// Four instances with these services, steady.
    static func scene(
        _ services: [Scenario.ServicePlan] = [], instances: Int = 4,
        resources: Resources = Resources(cpu: 2048, memory: 2048),
        seed: UInt64 = 1, timings: Timings = .demo
    ) throws -> World {
        var scenario = Scenario()
        scenario.timings = timings
        scenario.seed = seed
        scenario.instances = instances
        scenario.instanceResources = resources
        scenario.services = services
        return try World(scenario, startingAt: .start)
    }

    mutating func advance(by duration: Duration) { advance(to: now + duration) }

    /// Advances a quarter of a second at a time until something holds, at most ten minutes; the moment, or nil.
    mutating func advance(until condition: (World) -> Bool) -> WorldTime? {
        for _ in 0..<2400 {
            if condition(self) { return now }
            advance(by: .milliseconds(250))
        }
        return nil
    }

    func members() -> [Instance] { members(ofGroup: Self.group) }

    func serviceNamed(_ name: String) throws -> Service {
        guard let found = service(name, in: try cluster(Self.cluster)) else { throw SceneError.missing(name) }
        return found
    }

    /// The tasks of a service that are not STOPPED.
    func liveTasks(of name: String) throws -> [Task] {
        try tasks(of: serviceNamed(name)).filter { $0.lastStatus != .stopped }
    }

    func host(of instance: Instance) throws -> ContainerInstance {
        guard let id = instance.containerInstance else { throw SceneError.missing("container instance") }
        return self[id]
    }

    func liveTasks(on instance: Instance) throws -> [Task] {
        tasks(on: try host(of: instance)).filter { $0.lastStatus != .stopped }
    }

    /// The first instance that runs a task of that service.
    func instanceRunning(_ name: String) throws -> Instance {
        guard let task = try liveTasks(of: name).first else { throw SceneError.missing("a task of \(name)") }
        return self[self[task.containerInstance].instance]
    }

    mutating func drain(_ instance: Instance) throws {
        _ = try updateContainerInstancesState([host(of: instance).arn], cluster: Self.cluster, status: .draining)
    }

    /// A hook with that heartbeat timeout, and one instance of the group that waits for it.
    mutating func instanceWaiting(
        heartbeat: Duration = .seconds(60), defaultResult: LifecycleActionResult = .continue
    ) throws -> LifecycleAction {
        try putLifecycleHook(
            LifecycleHook(name: Self.hook, group: Self.group, heartbeatTimeout: heartbeat, defaultResult: defaultResult)
        )
        return try terminating(members()[0])
    }

    mutating func terminating(_ instance: Instance) throws -> LifecycleAction {
        _ = try terminateInstanceInAutoScalingGroup(
            instanceID: instance.instanceID, shouldDecrementDesiredCapacity: true)
        guard let action = lifecycleActions.last(where: { $0.instance == instance.id }) else {
            throw SceneError.missing("lifecycle action")
        }
        return action
    }

    mutating func complete(_ action: LifecycleAction, _ result: LifecycleActionResult = .continue) throws {
        try completeLifecycleAction(group: action.group, hook: action.hook, result: result, token: action.token)
    }

    func state(of action: LifecycleAction) -> LifecycleState { self[action.instance].lifecycleState }

    func completion(of action: LifecycleAction) -> LifecycleAction.Completion? {
        lifecycleActions[action.id.number].completion
    }
}

enum SceneError: Error {
    case missing(String)
}

extension World.Scenario.ServicePlan {
    static func plain(_ name: String, count: Int, percent: (minimum: Int, maximum: Int) = (100, 200), memory: Int = 256)
        -> Self
    {
        var plan = Self(
            definition: World.TaskDefinition(
                family: name, resources: World.Resources(cpu: 128, memory: memory), startDuration: .seconds(2),
                stopDuration: .seconds(2)),
            desiredCount: count)
        plan.minimumHealthyPercent = percent.minimum
        plan.maximumPercent = percent.maximum
        return plan
    }

    static func checked(_ name: String, count: Int) -> Self {
        var plan = plain(name, count: count)
        plan.definition.healthyAfter = .seconds(3)
        return plan
    }

    static func balanced(_ name: String, count: Int, requestsPerSecond: Int = 100) -> Self {
        var plan = plain(name, count: count)
        plan.definition.containerPort = 8080
        plan.targetGroup = World.TargetGroup(
            name: name, deregistrationDelay: .seconds(6), healthCheckInterval: .seconds(2), unhealthyThreshold: 2,
            requestsPerSecond: requestsPerSecond, requestDuration: .milliseconds(500))
        return plan
    }

    static func daemon(_ name: String) -> Self {
        var plan = plain(name, count: 0)
        plan.schedulingStrategy = .daemon
        return plan
    }
}
