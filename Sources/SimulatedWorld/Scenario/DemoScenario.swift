extension World.Scenario {
    /// Cluster `demo`, group `demo-asg`, and of services `web` behind a target group with traffic, `api` with a
    /// container health check, `worker` plain; with more of them, `web-2` and so on. If asked for, the daemon `agent`
    /// on every instance. Short timings: a drain takes about 20 s.
    public static func demo(instances: Int = 7, services: Int = 3, withDaemon: Bool = true) -> Self {
        var scenario = Self()
        scenario.timings = .demo
        scenario.instances = instances
        scenario.maxSize = max(100, 2 * instances)
        scenario.services = (0..<services).map { demoService($0, instances: instances) }
        if withDaemon { scenario.services.append(agent) }
        let wanted = scenario.services.reduce(0) { $0 + $1.desiredCount }
        // Room for everything twice, however many services are asked for.
        let each = max(16, 2 * wanted / max(1, instances) + 2)
        scenario.instanceResources = World.Resources(cpu: each * taskResources.cpu, memory: each * taskResources.memory)
        return scenario
    }

    private static let taskResources = World.Resources(cpu: 128, memory: 256)

    private static func demoService(_ index: Int, instances: Int) -> ServicePlan {
        let suffix = index < 3 ? "" : "-\(index / 3 + 1)"
        switch index % 3 {
        case 0: return web(named: "web\(suffix)", count: max(2, instances - 1))
        case 1: return api(named: "api\(suffix)", count: max(2, instances / 2 + 1))
        default: return worker(named: "worker\(suffix)", count: max(2, instances / 2))
        }
    }

    private static func web(named name: String, count: Int) -> ServicePlan {
        var plan = ServicePlan(
            definition: World.TaskDefinition(
                family: name, resources: taskResources, containerPort: 8080, startDuration: .seconds(2),
                stopDuration: .seconds(2)),
            desiredCount: count)
        plan.targetGroup = World.TargetGroup(
            name: name, deregistrationDelay: .seconds(6), healthCheckInterval: .seconds(2), healthyThreshold: 2,
            unhealthyThreshold: 2, requestsPerSecond: 60, requestDuration: .milliseconds(250), port: 8080)
        return plan
    }

    private static func api(named name: String, count: Int) -> ServicePlan {
        ServicePlan(
            definition: World.TaskDefinition(
                family: name, resources: taskResources, containerPort: 8080, healthyAfter: .seconds(3),
                startDuration: .seconds(2), stopDuration: .seconds(2)),
            desiredCount: count)
    }

    private static func worker(named name: String, count: Int) -> ServicePlan {
        ServicePlan(
            definition: World.TaskDefinition(
                family: name, resources: taskResources, startDuration: .seconds(2), stopDuration: .seconds(4)),
            desiredCount: count)
    }

    private static var agent: ServicePlan {
        var plan = ServicePlan(
            definition: World.TaskDefinition(
                family: "agent", resources: taskResources, startDuration: .seconds(1), stopDuration: .seconds(1)))
        plan.schedulingStrategy = .daemon
        plan.minimumHealthyPercent = 0
        plan.maximumPercent = 100
        return plan
    }
}

extension World.Timings {
    /// A world in a hurry, in the order of things of a real one.
    public static var demo: Self {
        var timings = Self()
        timings.boot = .seconds(8)
        timings.registration = .seconds(4)
        timings.proceed = .seconds(1)
        timings.hostDeathNoticed = .seconds(10)
        timings.schedulerDelay = .milliseconds(500)
        timings.placementRetry = .seconds(5)
        timings.plainTaskStable = .seconds(4)
        timings.agentDelay = .milliseconds(200)
        timings.taskTransition = .milliseconds(400)
        return timings
    }
}
