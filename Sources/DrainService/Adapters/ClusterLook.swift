import AWSClient
import DrainEngine
import DrainModel

/// One look at a cluster, in as few calls as AWS's batches allow: old tasks and their replacements are described
/// together, so that both are seen at one moment, and the targets after them.
struct ClusterLook {
    private let request: LookRequest
    private let ecs: ECS
    private let loadBalancing: ElasticLoadBalancingV2
    private let healthChecks: HealthCheckCatalogue
    private var snapshot: ClusterSnapshot
    private var described: [TaskARN: ECS.Task] = [:]

    private var cluster: String { request.cluster.rawValue }

    init(
        request: LookRequest, takenAt: Timestamp, ecs: ECS, loadBalancing: ElasticLoadBalancingV2,
        healthChecks: HealthCheckCatalogue
    ) {
        self.request = request
        self.ecs = ecs
        self.loadBalancing = loadBalancing
        self.healthChecks = healthChecks
        snapshot = ClusterSnapshot(cluster: request.cluster, takenAt: takenAt)
    }

    mutating func take() async throws(AWSError) -> ClusterSnapshot {
        try await lookAtHosts()
        try await lookAtServices(request.services)
        try await lookAtTasks()
        // Services that only this look's listing has shown.
        let here = snapshot.tasks.values.filter { task in
            task.containerInstance.map { request.hosts[$0] != nil } ?? false
        }
        let new = Set(here.compactMap(\.service)).subtracting(request.services)
        try await lookAtServices(new)
        try await describe(try await listReplacements(of: new))
        try await lookAtTargetGroups()
        return snapshot
    }

    private mutating func lookAtHosts() async throws(AWSError) {
        let arns = request.hosts.keys.map(\.rawValue).sorted()
        for host in try await ecs.describeContainerInstances(cluster: cluster, arns).found {
            let arn = ContainerInstanceARN(host.containerInstanceArn)
            snapshot.containerInstances[arn] = ContainerInstance(
                arn: arn, instance: InstanceID(host.ec2InstanceId ?? ""), status: .init(host.status),
                agentConnected: host.agentConnected)
        }
    }

    private mutating func lookAtTasks() async throws(AWSError) {
        var wanted = request.hosts.values.reduce(into: Set()) { $0.formUnion($1.knownTasks) }
        for host in listableHosts where request.hosts[host]?.mustList == true { wanted.formUnion(try await list(host)) }
        wanted.formUnion(try await listReplacements(of: request.services))
        try await describe(wanted)
        // Where every task that is known has ended, the drain may be decided now: make sure that there is no other.
        for host in listableHosts where !snapshot.listedContainerInstances.contains(host) && hasEnded(host) {
            try await describe(try await list(host))
        }
    }

    /// A host that is not registered any more cannot be listed.
    private var listableHosts: [ContainerInstanceARN] {
        snapshot.containerInstances.filter { $0.value.status != .inactive }.keys.sorted()
    }

    private func hasEnded(_ host: ContainerInstanceARN) -> Bool {
        request.hosts[host]?.knownTasks.allSatisfy { task in
            snapshot.tasks[task]?.isStopped ?? snapshot.forgottenTasks.contains(task)
        } ?? false
    }

    /// Both desired statuses: a task that is stopping is desired STOPPED long before its containers have ended.
    private mutating func list(_ host: ContainerInstanceARN) async throws(AWSError) -> Set<TaskARN> {
        var arns: [String] = []
        for status in [ECS.DesiredStatus.running, .stopped] {
            arns += try await ecs.listTasks(
                cluster: cluster, containerInstance: host.rawValue, desiredStatus: status)
        }
        snapshot.listedContainerInstances.insert(host)
        return Set(arns.map { TaskARN($0) })
    }

    private mutating func describe(_ tasks: Set<TaskARN>) async throws(AWSError) {
        let new = tasks.subtracting(described.keys).subtracting(snapshot.forgottenTasks)
        guard !new.isEmpty else { return }
        let answer = try await ecs.describeTasks(cluster: cluster, new.map(\.rawValue).sorted())
        snapshot.forgottenTasks.formUnion(answer.missing.map { TaskARN($0) })
        for task in answer.found {
            described[TaskARN(task.taskArn)] = task
            snapshot.tasks[TaskARN(task.taskArn)] = try await observed(task)
        }
    }

    private func observed(_ task: ECS.Task) async throws(AWSError) -> ObservedTask {
        ObservedTask(
            arn: TaskARN(task.taskArn), containerInstance: task.containerInstanceArn.map { ContainerInstanceARN($0) },
            service: task.serviceName, desiredStatus: task.desiredStatus, lastStatus: task.lastStatus,
            health: try await health(of: task),
            stoppedAt: task.stoppedAt.map { Timestamp(millisecondsSinceEpoch: Int64($0 * 1000)) },
            addresses: task.privateAddresses)
    }

    /// ECS says UNKNOWN both where no check is defined and where one has not concluded: the definition tells which.
    private func health(of task: ECS.Task) async throws(AWSError) -> ObservedTask.Health {
        switch task.healthStatus {
        case "HEALTHY": return .healthy
        case "UNHEALTHY": return .unhealthy
        default:
            let isReplacement = task.serviceName != nil && task.lastStatus == "RUNNING"
            guard isReplacement, let definition = task.taskDefinitionArn else { return .starting }
            return try await healthChecks.hasHealthCheck(definition) ? .starting : .notChecked
        }
    }

    private mutating func lookAtServices(_ names: Set<ServiceName>) async throws(AWSError) {
        guard !names.isEmpty else { return }
        for service in try await ecs.describeServices(cluster: cluster, names.map(\.rawValue).sorted()).found {
            snapshot.services[ServiceName(service.serviceName)] = ObservedService(service)
        }
    }

    /// A daemon has no replacements, and a service that desires none needs none.
    private func listReplacements(of services: Set<ServiceName>) async throws(AWSError) -> Set<TaskARN> {
        var arns: Set<TaskARN> = []
        for name in services.sorted() {
            guard let service = snapshot.services[name], service.isActive, !service.isDaemon, service.desiredCount > 0
            else { continue }
            arns.formUnion(
                try await ecs.listTasks(cluster: cluster, serviceName: name.rawValue, desiredStatus: .running)
                    .map { TaskARN($0) })
        }
        return arns
    }

    private mutating func lookAtTargetGroups() async throws(AWSError) {
        for arn in Set(snapshot.services.values.flatMap(\.targetGroups)).sorted() {
            do {
                let targets = try await loadBalancing.describeTargetHealth(targetGroupARN: arn.rawValue)
                snapshot.targetGroups[arn] = ObservedTargetGroup(
                    arn: arn, targets: targets.map { .init(id: $0.id, port: $0.port ?? 0, state: $0.state) })
            } catch  where error.isTargetGroupNotFound {
                // Left out of the snapshot: a service that needs it is not in service.
            }
        }
    }
}

extension AWSError {
    fileprivate var isTargetGroupNotFound: Bool {
        if case .refused("TargetGroupNotFound", _, _, _) = reason { true } else { false }
    }
}

extension ContainerInstance.Status {
    fileprivate init(_ word: String) {
        switch word {
        case "ACTIVE": self = .active
        case "DRAINING": self = .draining
        case "INACTIVE": self = .inactive
        default: self = .other(word)
        }
    }
}

extension ECS.Task {
    /// ECS puts a service's tasks, and no others, into the group `service:NAME`.
    fileprivate var serviceName: ServiceName? {
        guard let group, group.hasPrefix("service:") else { return nil }
        return ServiceName(String(group.dropFirst("service:".count)))
    }
}

extension ObservedService {
    fileprivate init(_ service: ECS.Service) {
        self.init(
            name: ServiceName(service.serviceName), isActive: service.status == "ACTIVE",
            isDaemon: service.schedulingStrategy == "DAEMON", desiredCount: service.desiredCount,
            // Absent for deployment controllers other than ECS's own, for which AWS documents these defaults.
            minimumHealthyPercent: service.minimumHealthyPercent ?? 100,
            maximumPercent: service.maximumPercent ?? 200,
            targetGroups: service.loadBalancers.compactMap { $0.targetGroupArn.map { TargetGroupARN($0) } },
            classicLoadBalancers: service.loadBalancers.compactMap(\.loadBalancerName),
            deploymentFailed: service.deployments.contains { $0.status == "PRIMARY" && $0.rolloutState == "FAILED" },
            latestEvent: service.events.first?.message)
    }
}
