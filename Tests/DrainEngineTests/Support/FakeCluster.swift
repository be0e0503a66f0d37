import DrainEngine
import DrainModel

/// AWS in memory, as far as one read asks: the cluster `web` with instances `i-1` on `host-1`, `i-2` on `host-2`, …
struct FakeCluster {
    var hosts: [ContainerInstanceARN: ContainerInstance] = [:]
    /// Hosts that are in another cluster than `web`.
    var elsewhere: [ContainerInstanceARN: ClusterName] = [:]
    var tasks: [TaskARN: ObservedTask] = [:]
    var services: [ServiceName: ObservedService] = [:]
    var targets: [TargetGroupARN: [ObservedTargetGroup.Target]] = [:]
    var hooks = [
        ObservedHook(
            name: "hook", transition: .terminating, heartbeatTimeoutSeconds: 3600, notificationTarget: "topic")
    ]
    /// Instances in `Terminating:Wait`, of the group `asg`.
    var waiting: [InstanceID] = []
    /// Those that wait in its warm pool; nil: it has none.
    var pool: [InstanceID: ObservedPoolWait]?
    /// What EC2 says of machines; of others it knows nothing.
    var machines: [InstanceID: String] = [:]
    /// Protected from scale-in, until when.
    var protected: [TaskARN: Timestamp] = [:]
    var retainsAbandoned = false
    var taskDefinitionsWithHealthCheck: Set<String> = []
    /// Lists have pages of so many entries.
    var pageSize = 100
    /// What is answered instead.
    var failures: [Read: ReadFailure] = [:]

    init(hosts numbers: ClosedRange<Int> = 1...1, _ status: ContainerInstance.Status = .active) {
        for number in numbers { setHost(number, status) }
    }

    static func host(_ number: Int) -> ContainerInstanceARN { ContainerInstanceARN("host-\(number)") }

    mutating func setHost(_ number: Int, _ status: ContainerInstance.Status) {
        hosts[Self.host(number)] = ContainerInstance(
            arn: Self.host(number), instance: InstanceID("i-\(number)"), status: status, agentConnected: true)
    }

    mutating func setAll(_ status: ContainerInstance.Status) { for arn in hosts.keys { hosts[arn]?.status = status } }

    mutating func put(
        _ name: TaskARN, on host: Int, service: ServiceName? = nil, lastStatus: String = "RUNNING",
        health: ObservedTask.Health = .unknown
    ) {
        tasks[name] = ObservedTask(
            arn: name, containerInstance: Self.host(host), service: service,
            desiredStatus: lastStatus == "RUNNING" ? "RUNNING" : "STOPPED", lastStatus: lastStatus, health: health,
            taskDefinition: "definition")
    }

    func answer(to read: Read) -> ReadAnswer {
        if let failure = failures[read] { return .failed(failure) }
        switch read {
        case .listClusters: return .clusters(Set(elsewhere.values).union(["web"]).sorted(), next: nil)
        case .describeClusters: return .capacityProviders([:])
        case .describeCapacityProviders: return .providedGroups([:], next: nil)
        case .listContainerInstances(let cluster, let instances, let page):
            let found = hosts.values.filter {
                cluster == elsewhere[$0.arn, default: "web"] && instances.contains($0.instance)
                    && $0.status != .inactive
            }
            let (arns, next) = paged(found.map(\.arn).sorted(), from: page)
            return .containerInstanceARNs(arns, next: next)
        case .describeContainerInstances(_, let arns): return .containerInstances(arns.compactMap { hosts[$0] })
        case .listTasks(_, let owner, let status, let page):
            let found = tasks.values.filter { task in
                guard task.desiredStatus == status.rawValue else { return false }
                switch owner {
                case .containerInstance(let host): return task.containerInstance == host
                case .service(let service): return task.service == service
                }
            }
            let (arns, next) = paged(found.map(\.arn).sorted(), from: page)
            return .taskARNs(arns, next: next)
        case .describeTasks(_, let arns):
            return .tasks(arns.compactMap { tasks[$0] }, missing: Set(arns.filter { tasks[$0] == nil }))
        case .describeServices(_, let names): return .services(names.compactMap { services[$0] })
        case .describeTaskDefinition(let arn):
            return .taskDefinition(hasHealthCheck: taskDefinitionsWithHealthCheck.contains(arn))
        case .getTaskProtection(_, let tasks):
            return .protectedTasks(protected.filter { tasks.contains($0.key) })
        case .describeInstances(let instances, let page):
            let (known, next) = paged(instances.filter { machines[$0] != nil }, from: page)
            return .machines(Dictionary(uniqueKeysWithValues: known.map { ($0, machines[$0] ?? "") }), next: next)
        case .describeTargetHealth(let arn): return .targets(targets[arn])
        case .describeInstanceHealth: return .instanceStates([:])
        case .describeLifecycleHooks: return .lifecycleHooks(hooks)
        case .describeAutoScalingGroups:
            return .autoScalingGroups(
                [
                    ObservedGroup(
                        name: "asg", waiting: waiting, retainsAbandoned: retainsAbandoned, hasWarmPool: pool != nil)
                ], next: nil)
        case .describeWarmPool(_, let page):
            let (found, next) = paged((pool ?? [:]).keys.sorted(), from: page)
            return .warmPool((pool ?? [:]).filter { found.contains($0.key) }, next: next)
        }
    }

    private func paged<Item>(_ items: [Item], from page: Read.PageToken?) -> ([Item], Read.PageToken?) {
        let start = page.flatMap { Int($0) } ?? 0
        let end = min(start + pageSize, items.count)
        return (Array(items[start..<end]), end < items.count ? String(end) : nil)
    }
}
