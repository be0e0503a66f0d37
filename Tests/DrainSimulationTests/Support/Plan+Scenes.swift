import DrainEngine
import DrainModel
import DrainSimulation
import SimulatedWorld

extension Plan {
    /// One cluster, no faults: a test says what is special.
    static func scene(
        instances: Int = 3, services: [World.Scenario.ServicePlan] = [.plain()], script: [Scripted] = [.replaceFirst()]
    ) -> Self {
        var plan = Plan(seed: 7)
        plan.clusters = [ClusterPlan("c0", instances: instances)]
        plan.clusters[0].services = services
        plan.clusters[0].hooks[0].heartbeatTimeout = .seconds(60)
        plan.policy.drain.drainTimeout = .seconds(300)
        plan.script = script
        plan.duration = .seconds(420)
        return plan
    }

    func run() throws -> Outcome { try Simulation.outcome(of: self, inWords: true) }
}

extension Scripted {
    static func replaceFirst(at time: Duration = .seconds(20)) -> Self {
        Self(at: time, .replace(cluster: 0, instance: 0))
    }
}

extension World.Scenario.ServicePlan {
    static func plain(_ name: String = "plain", count: Int = 3, minimum: Int = 100, maximum: Int = 200) -> Self {
        var plan = Self(
            definition: World.TaskDefinition(family: name, resources: World.Resources(cpu: 256, memory: 512)),
            desiredCount: count)
        plan.minimumHealthyPercent = minimum
        plan.maximumPercent = maximum
        return plan
    }

    /// Behind a target group.
    static func web(count: Int = 3, deregistrationDelay: Duration = .seconds(30)) -> Self {
        var plan = plain("web", count: count)
        plan.definition.containerPort = 8080
        plan.targetGroup = World.TargetGroup(
            name: "web", deregistrationDelay: deregistrationDelay, healthCheckInterval: .seconds(5))
        return plan
    }
}

extension Outcome {
    var outcomes: [DrainOutcome] { drains.compactMap(\.outcome) }

    /// How long after the beginning the last of that kind happened.
    func last(_ words: String) -> String? { trace.last { $0.contains(words) } }
}
