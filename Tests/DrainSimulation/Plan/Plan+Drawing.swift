import DrainEngine
import DrainModel
import SimulatedWorld

extension Plan {
    /// The plan of a seed: most are small and nearly calm, some are large, some wild.
    public static func drawn(from seed: UInt64) -> Self {
        var random = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        var plan = Plan(seed: seed)
        plan.duration = .seconds(random.chance(0.04) ? 3600 : random.pick([600, 600, 600, 600, 900, 1200]))
        plan.timings.variation = random.pick([0, 50, 200])
        // Together less than the engine waits for an instance to register.
        let slowest = 175 * 100 / (100 + plan.timings.variation)
        plan.timings.boot = .seconds(random.pick([10, 20, 30, 100].map { min($0, slowest * 2 / 3) }))
        plan.timings.registration = .seconds(random.pick([5, 15, 40].map { min($0, slowest / 3) }))
        plan.timings.hostDeathNoticed = .seconds(random.pick([1, 10, 30]))
        plan.pageSize = random.pick([1, 2, 5, 100, 100, 100])
        let clusters = random.chance(0.04) ? random.number(in: 4...7) : random.pick([1, 1, 1, 2, 3])
        plan.clusters = (0..<clusters).map { ClusterPlan.drawn(number: $0, among: clusters, from: &random) }
        plan.policy = EnginePolicy.drawn(for: plan.clusters, from: &random)
        plan.script = plan.drawScript(from: &random)
        plan.faults = FaultPlan.drawn(from: &random)
        plan.addCoincidences(from: &random)
        plan.sendsEvents = random.chance(0.5)
        plan.addControllers(from: &random)
        return plan
    }

    /// Of some services, others make the deployments.
    private mutating func addControllers(from random: inout SeededGenerator) {
        for cluster in clusters.indices {
            for service in clusters[cluster].services.indices {
                let plan = clusters[cluster].services[service]
                guard plan.schedulingStrategy == .replica, plan.circuitBreaker == nil, !plan.rebalancesZones,
                    plan.loadBalancerNames.isEmpty, random.chance(0.08)
                else { continue }
                clusters[cluster].services[service].deploymentController = random.pick([.codeDeploy, .external])
            }
        }
    }

    private func drawScript(from random: inout SeededGenerator) -> [Scripted] {
        let seconds = duration.components.seconds
        let count = random.number(in: 1...(3 + Int(seconds / 300)))
        var script = (0..<count).map { _ in
            // What begins in the first half is most likely to come to its end among other things.
            let latest = random.chance(0.7) ? seconds / 2 : seconds
            return Scripted(
                at: .milliseconds(Int64(random.number(in: 0...Int(latest * 1000)))), drawEvent(from: &random))
        }
        if random.chance(0.4) { script.append(Scripted(at: .seconds(10), drawEvent(from: &random, atFirst: true))) }
        return script
    }

    private func drawEvent(from random: inout SeededGenerator, atFirst: Bool = false) -> Scripted.Event {
        let cluster = random.number(in: 0...clusters.count - 1)
        let (first, second) = (random.number(in: 0...99), random.number(in: 0...99))
        switch random.number(in: 0...(atFirst ? 49 : 99)) {
        case 0..<22: return .scaleIn(cluster: cluster, by: random.number(in: 1...3))
        case 22..<38: return .replace(cluster: cluster, instance: first)
        case 38..<44: return .replaceAll(cluster: cluster)
        case 44..<47: return .refresh(cluster: cluster, by: random.number(in: 1...2))
        case 47..<50: return .interrupt(cluster: cluster, instance: first)
        case 50..<55: return .kill(cluster: cluster, instance: first)
        case 55..<57: return .stop(cluster: cluster, instance: first)
        case 57..<61:
            return .disconnectAgent(cluster: cluster, instance: first, seconds: random.pick([10, 60, 600]))
        case 61..<62:
            return second % 3 == 0
                ? .protectInstance(cluster: cluster, instance: first) : .resetAgent(cluster: cluster, instance: first)
        case 62..<63:
            return second % 2 == 0 ? .changeHook(cluster: cluster, seconds: 30) : .deleteHook(cluster: cluster)
        case 63..<69: return .deploy(cluster: cluster, service: first)
        case 69..<71: return .deployBroken(cluster: cluster, service: first)
        case 71..<76: return .scaleService(cluster: cluster, service: first, to: second % 8)
        case 76..<78: return .deleteService(cluster: cluster, service: first)
        case 78..<80: return .protect(cluster: cluster, service: first, minutes: random.pick([1, 5, 60]))
        case 80..<83: return .runTask(cluster: cluster)
        case 83..<85: return .stopTask(cluster: cluster, task: first)
        case 85..<88:
            // An outsider who sets an instance ACTIVE while it is being deregistered hides tasks from everyone.
            let isDraining = policy.drain.detach == .deregister || second % 3 != 0
            return .setState(cluster: cluster, instance: first, isDraining: isDraining)
        case 88..<92: return .drain(cluster: cluster, instance: first, completes: second % 2 == 0)
        case 92..<95: return .cancel(first)
        case 95..<97: return .answerByHand(first)
        default: return .force(first)
        }
    }
}

extension ClusterPlan {
    fileprivate static func drawn(number: Int, among clusters: Int, from random: inout SeededGenerator) -> Self {
        let hasMany = clusters > 3
        let sizes = hasMany ? [1, 2, 2] : [2, 2, 3, 3, 4, 5, 6, 8, 12]
        var plan = ClusterPlan("c\(number)", instances: random.pick(sizes))
        // Of many clusters, those that have capacity providers are found by them.
        if hasMany, random.chance(0.8) { plan.capacityProvider = "\(plan.name)-provider" }
        // Sometimes there is hardly room for a replacement.
        let cpu = random.pick([1024, 2048, 4096, 8192])
        plan.resources = World.Resources(cpu: cpu, memory: 2 * cpu)
        plan.hooks[0].heartbeatTimeout = .seconds(random.pick([30, 30, 60, 120, 300]))
        plan.hooks[0].namesCluster = random.chance(0.3)
        if random.chance(0.15) {
            var other = HookPlan()
            other.name = "second"
            other.isOurs = random.chance(0.5)
            other.heartbeatTimeout = .seconds(random.pick([30, 300]))
            plan.hooks.append(other)
        }
        plan.services = (0..<random.number(in: 0...4)).map { index in
            World.Scenario.ServicePlan.drawn(named: "\(plan.name)-s\(index)", on: plan.instances, from: &random)
        }
        if random.chance(0.2) { plan.standaloneTasks = random.number(in: 1...3) }
        if random.chance(0.1) { plan.addClassicService(from: &random) }
        if random.chance(0.12) { plan.warmPool = World.WarmPool(state: random.chance(0.5) ? .stopped : .running) }
        plan.retainsAbandoned = random.chance(0.1)
        plan.hasManagedDraining = random.chance(0.1)
        return plan
    }

    /// One behind a classic load balancer: a static port, one task an instance.
    private mutating func addClassicService(from random: inout SeededGenerator) {
        let balancer = "\(name)-classic"
        classicLoadBalancers = [
            World.ClassicLoadBalancer(
                name: balancer, instancePort: 8080, connectionDraining: .seconds(random.pick([0, 30])),
                healthCheckInterval: .seconds(10))
        ]
        var definition = World.TaskDefinition(family: balancer, resources: Plan.taskResources, containerPort: 8080)
        definition.hostPort = 8080
        var service = World.Scenario.ServicePlan(
            definition: definition, desiredCount: random.number(in: 1...max(1, instances - 1)))
        service.loadBalancerNames = [balancer]
        (service.minimumHealthyPercent, service.maximumPercent) = random.pick([(100, 200), (50, 100), (0, 100)])
        services.append(service)
    }
}

extension World.Scenario.ServicePlan {
    fileprivate static func drawn(named name: String, on instances: Int, from random: inout SeededGenerator) -> Self {
        let isDaemon = random.chance(0.15)
        var definition = World.TaskDefinition(family: name, resources: Plan.taskResources)
        definition.startDuration = .milliseconds(Int64(random.number(in: 500...8000)))
        definition.stopDuration = .milliseconds(Int64(random.pick([200, 3000, 3000, 30_000])))
        if random.chance(0.3) { definition.healthyAfter = .milliseconds(Int64(random.number(in: 1000...20_000))) }
        var plan = Self(definition: definition, desiredCount: random.number(in: 1...max(2, instances)))
        if isDaemon {
            plan.schedulingStrategy = .daemon
            plan.minimumHealthyPercent = 0
            plan.maximumPercent = 100
            return plan
        }
        (plan.minimumHealthyPercent, plan.maximumPercent) = random.pick([
            (100, 200), (100, 200), (100, 200), (50, 100), (0, 100), (100, 100), (50, 200),
        ])
        if random.chance(0.4) {
            plan.definition.containerPort = 8080
            plan.targetGroups = (0..<random.pick([1, 1, 1, 2])).map { index in
                World.TargetGroup(
                    name: "\(name)-\(index)", deregistrationDelay: .seconds(random.pick([0, 5, 30, 120])),
                    healthCheckInterval: .seconds(random.pick([5, 10, 30])))
            }
        }
        if random.chance(0.1) { plan.circuitBreaker = World.Service.CircuitBreaker(rollsBack: random.chance(0.5)) }
        plan.rebalancesZones = random.chance(0.1)
        plan.isOnDistinctInstances = random.chance(0.1)
        if random.chance(0.05) { plan.definition.crashesAfter = .seconds(random.pick([3, 60])) }
        return plan
    }
}

extension EnginePolicy {
    fileprivate static func drawn(for clusters: [ClusterPlan], from random: inout SeededGenerator) -> Self {
        var policy = EnginePolicy()
        policy.drain.drainTimeout = .seconds(random.pick([120, 300, 600, 1200]))
        policy.drain.onTimeout = random.chance(0.7) ? .continue : .abandon
        policy.drain.pollInterval = .seconds(random.pick([1, 5, 5, 5, 15]))
        policy.drain.standaloneTasks = random.pick([.wait, .stop, .ignore, .stopAfter(.seconds(60))])
        policy.drain.detach = random.chance(0.8) ? .drain : .deregister
        policy.drain.maximumConcurrent = random.pick([0, 0, 0, 1, 2])
        policy.apiShare = random.pick([2, 10, 25, 25, 25, 100])
        policy.reconcileInterval = .seconds(random.pick([30, 60, 60]))
        if random.chance(0.3) { policy.clusters = clusters.map { ClusterName($0.name) } }
        if random.chance(0.3) { policy.autoScalingGroups = clusters.map { AutoScalingGroupName($0.group) } }
        return policy
    }
}

extension FaultPlan {
    /// A third of the runs are calm; in others a few things go wrong, mostly seldom; some are wild.
    fileprivate static func drawn(from random: inout SeededGenerator) -> Self {
        var plan = FaultPlan()
        if random.chance(0.33) { return plan }
        let isWild = random.chance(0.15)
        let rates: [WritableKeyPath<Self, Double>] = [
            \.messageLost, \.messageDuplicated, \.messageLate, \.callRefused, \.answerLost, \.readFailed, \.taskMissing,
            \.throttled, \.stale, \.slow, \.writeRefused, \.writeAnswerLost,
        ]
        for rate in rates where random.chance(isWild ? 0.8 : 0.3) {
            plan[keyPath: rate] = random.pick(isWild ? [0.02, 0.1, 0.3] : [0.002, 0.01, 0.05])
        }
        if random.chance(isWild ? 0.8 : 0.4) { plan.crash = random.pick([0.0003, 0.001, isWild ? 0.02 : 0.003]) }
        if random.chance(0.2) { plan.othersShare = random.pick([0.5, 0.9, 0.97]) }
        if random.chance(0.2) { plan.ledgerAway = random.pick([0.05, 0.2]) }
        if random.chance(0.3) { plan.clockJump = random.pick([0.1, 0.5]) }
        if random.chance(0.3) { plan.clockDrift = random.pick([-500, -50, 50, 500]) }
        return plan
    }
}
