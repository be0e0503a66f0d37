import Testing

@testable import SimulatedWorld

/// Whatever is kept as the world changes must be what counting everything would give.
@Suite("Random histories")
struct RandomHistoryTests {
    @Test("in any history, what is kept equals what counting gives", arguments: 0..<12 as Range<UInt64>)
    func consistent(seed: UInt64) throws {
        var history = try History(seed: seed)
        for _ in 0..<120 {
            let step = history.step()
            let problems = history.world.inconsistencies()
            try #require(problems.isEmpty, "seed \(seed), after \(step): \(problems)")
        }
    }

    @Test("who completes only what the public queries show to be drained is never found guilty")
    func noFalseViolations() throws {
        var completed = 0
        for seed in 0..<12 as Range<UInt64> {
            var history = try History(seed: seed, heartbeatTimeout: .seconds(3600), completesAtRandom: false)
            var drainer = Drainer()
            for _ in 0..<120 {
                let step = history.step()
                drainer.look(&history.world)
                let violations = history.world.violations
                try #require(violations.isEmpty, "seed \(seed), after \(step): \(violations)")
            }
            completed += drainer.completed
        }
        #expect(completed > 12)
    }

    @Test("a random history repeats by its seed")
    func repeats() throws {
        var (one, other) = (try History(seed: 3), try History(seed: 3))
        for _ in 0..<120 { #expect(one.step() == other.step()) }
        #expect(one.world.instanceStatuses == other.world.instanceStatuses)
        #expect(one.world.lifecycleActions == other.world.lifecycleActions)
    }
}

/// A world to which random things are done.
private struct History {
    var world: World
    private var random: SeededGenerator
    private let completesAtRandom: Bool

    init(seed: UInt64, heartbeatTimeout: Duration = .seconds(60), completesAtRandom: Bool = true) throws {
        self.completesAtRandom = completesAtRandom
        random = SeededGenerator(seed: seed, stream: 9)
        var scenario = World.Scenario()
        scenario.timings = .demo
        scenario.timings.stoppedTaskRetention = .seconds(120)
        scenario.timings.variation = 30
        scenario.seed = seed
        scenario.instances = 5
        var shop = World.Scenario.ServicePlan.plain("shop", count: 2)
        shop.definition.containerPort = 8080
        shop.definition.hostPort = 80
        shop.loadBalancerNames = ["shop"]
        scenario.loadBalancers = [.init(name: "shop", instancePort: 80, connectionDraining: .seconds(6))]
        var zoned = World.Scenario.ServicePlan.plain("zoned", count: 3)
        zoned.rebalancesZones = true
        zoned.circuitBreaker = .init(rollsBack: true)
        scenario.services = [
            .balanced("web", count: 4), .checked("api", count: 3), shop, zoned, .daemon("agent"),
        ]
        world = try World(scenario, startingAt: .start)
        try world.putLifecycleHook(
            .init(name: World.hook, group: World.group, heartbeatTimeout: heartbeatTimeout, defaultResult: .continue)
        )
        var job = World.TaskDefinition(family: "job", resources: .init(cpu: 64, memory: 64))
        job.runDuration = .seconds(20)
        world.registerTaskDefinition(job)
    }

    private mutating func pick<Element>(_ elements: [Element]) throws -> Element {
        guard let element = elements.randomElement(using: &random) else { throw SceneError.missing("anything to pick") }
        return element
    }

    /// Does something, which may be refused, and lets some time pass; what it was.
    mutating func step() -> String {
        let kind = Int.random(in: 0..<20, using: &random)
        let outcome = (try? act(kind)) == nil ? "refused" : "done"
        world.advance(by: .milliseconds(Int.random(in: 0...4000, using: &random)))
        return "\(kind) \(outcome)"
    }

    private mutating func act(_ kind: Int) throws {
        let instance = try pick(world.members() + world.warmPoolMembers(ofGroup: World.group))
        let service = try pick(["web", "api", "shop", "zoned"])
        switch kind {
        case 0: try world.setDesiredCapacity(Int.random(in: 2...8, using: &random), ofGroup: World.group)
        case 1: _ = try world.terminating(instance)
        case 2, 3: try world.drain(instance)
        case 4:
            _ = try world.updateContainerInstancesState(
                [world.host(of: instance).arn], cluster: World.cluster, status: .active)
        case 5:
            guard completesAtRandom else { return }
            let open = world.lifecycleActions.filter { $0.completion == nil }
            try world.complete(pick(open), Bool.random(using: &random) ? .continue : .abandon)
        case 6:
            try world.deregisterContainerInstance(world.host(of: instance).arn, cluster: World.cluster, force: true)
        case 7: try world.stopInstance(instanceID: instance.instanceID)
        case 8:
            if Bool.random(using: &random) {
                try world.terminateInstance(instanceID: instance.instanceID)
            } else {
                try world.interruptSpotInstance(instanceID: instance.instanceID, drains: true)
            }
        case 9: try world.resetAgent(ofInstance: instance.instanceID)
        case 10: try world.disconnectAgent(ofInstance: instance.instanceID)
        case 11, 12: try world.connectAgent(ofInstance: instance.instanceID)
        case 13:
            try world.updateService(
                service, cluster: World.cluster, desiredCount: Int.random(in: 0...6, using: &random))
        case 14: try world.updateService(service, cluster: World.cluster, forceNewDeployment: true)
        case 15:
            var definition = try world.taskDefinition(service)
            definition.neverHealthy = Bool.random(using: &random)
            definition.crashesAfter = Int.random(in: 0..<3, using: &random) == 0 ? .seconds(6) : nil
            let next = world.registerTaskDefinition(definition).arn
            try world.updateService(service, cluster: World.cluster, taskDefinition: next)
        case 16: _ = try world.runTask(taskDefinition: "job", cluster: World.cluster, count: 2)
        case 17:
            let task = try pick(world.tasks(in: world.cluster(World.cluster)))
            if Bool.random(using: &random) {
                try world.stopTask(task.arn, cluster: World.cluster)
            } else {
                _ = try world.updateTaskProtection([task.arn], cluster: World.cluster, isEnabled: true)
            }
        case 18:
            let pools: [World.WarmPool?] = [nil, .init(), .init(state: .running)]
            try world.setWarmPool(pick(pools), ofGroup: World.group)
        default: try world.startInstanceRefresh(ofGroup: World.group, batchSize: 2)
        }
    }
}

extension World {
    /// Where something kept differs from what counting everything gives.
    fileprivate func inconsistencies() -> [String] {
        let tasks = taskTable.values
        return hostProblems(Dictionary(grouping: tasks, by: \.containerInstance))
            + serviceProblems(Dictionary(grouping: tasks, by: \.service)) + targetProblems() + endingProblems()
            + instanceProblems()
    }

    private func instanceProblems() -> [String] {
        instanceTable.flatMap { instance -> [String] in
            var problems: [String] = []
            let isUp = instance.ec2State == .pending || instance.ec2State == .running
            if instance.isAlive != isUp { problems.append("\(instance.id) is \(instance.ec2State)") }
            if instance.lifecycleState == .inService && instance.ec2State == .terminated {
                problems.append("\(instance.id) is in service and terminated")
            }
            if instance.lifecycleState == .terminatingWait && instance.openActions.isEmpty {
                problems.append("\(instance.id) waits for nothing")
            }
            return problems
        }
    }

    private func hostProblems(_ tasks: [ContainerInstance.ID: [Task]]) -> [String] {
        containerInstanceTable.flatMap { host -> [String] in
            let listed = tasks[host.id] ?? []
            let live = listed.filter { $0.lastStatus != .stopped }
            let used = live.reduce(into: Resources(cpu: 0, memory: 0)) { sum, task in
                sum.cpu += task.resources.cpu
                sum.memory += task.resources.memory
            }
            let ports = live.compactMap { taskDefinitions[$0.definition].hostPort }
            var problems: [String] = []
            if host.listedTasks != listed.map(\.id) { problems.append("listed tasks of host \(host.id)") }
            if host.tasks != live.map(\.id) { problems.append("tasks of host \(host.id)") }
            if host.registered.cpu - host.remaining.cpu != used.cpu { problems.append("cpu of host \(host.id)") }
            if host.registered.memory - host.remaining.memory != used.memory { problems.append("memory of \(host.id)") }
            if host.remaining.cpu < 0 || host.remaining.memory < 0 { problems.append("host \(host.id) is overfull") }
            if host.staticPorts.sorted() != ports.sorted() { problems.append("ports of host \(host.id)") }
            if Set(ports).count != ports.count { problems.append("a port given twice on host \(host.id)") }
            return problems
        }
    }

    private func serviceProblems(_ tasks: [Service.ID?: [Task]]) -> [String] {
        serviceTable.flatMap { service -> [String] in
            let listed = tasks[service.id] ?? []
            let healthy = listed.filter {
                $0.lastStatus == .running && $0.desiredStatus == .running
                    && (!$0.isHealthChecked || $0.healthStatus == .healthy)
            }
            var problems: [String] = []
            if service.listedTasks != listed.map(\.id) { problems.append("listed tasks of \(service.name)") }
            if service.tasks != listed.filter({ $0.lastStatus != .stopped }).map(\.id) {
                problems.append("tasks of \(service.name)")
            }
            if service.healthyTasks.total != healthy.count { problems.append("healthy tasks of \(service.name)") }
            for instance in instanceTable
            where service.healthyTasks.at(instance.id)
                != healthy.count(where: { self[$0.containerInstance].instance == instance.id })
            {
                problems.append("healthy tasks of \(service.name) on \(instance.id)")
            }
            if service.inServiceCount != listed.count(where: isInService) {
                problems.append("in service of \(service.name)")
            }
            return problems
        }
    }

    private func targetProblems() -> [String] {
        balancers.flatMap { group -> [String] in
            var problems: [String] = []
            for instance in instanceTable {
                let own = group.targets.filter { $0.instance == instance.id }
                if group.healthyTargets.at(instance.id) != own.count(where: { $0.state == .healthy }) {
                    problems.append("healthy targets of \(group.name)")
                }
                if group.drainingTargets.at(instance.id) != own.count(where: { $0.state == .draining }) {
                    problems.append("draining targets of \(group.name)")
                }
            }
            return problems
        }
    }

    private func endingProblems() -> [String] {
        openEndings.compactMap { index in
            var anew = endings[index]
            anew.isStale = true
            let (kept, counted) = (judged(endings[index]), judged(anew))
            let isSame =
                (kept.drainedAt == nil) == (counted.drainedAt == nil) && kept.servicesHold == counted.servicesHold
                && (kept.onlyDaemonsSince == nil) == (counted.onlyDaemonsSince == nil)
            return isSame ? nil : "ending of \(kept.instance): \(kept), not \(counted)"
        }
    }
}
