import AWSClient
import DrainEngine
import DrainModel

/// Sees clusters through AWS's APIs: the one place where AWS's shapes become ours on the way in.
struct AWSClusterObserver: ClusterObserver {
    private let ecs: ECS
    private let ec2: EC2
    private let autoScaling: AutoScaling
    private let loadBalancing: ElasticLoadBalancingV2
    private let classicLoadBalancing: ElasticLoadBalancing

    /// A read that takes longer is asked again by the next look.
    private static let timeLimit = Duration.seconds(10)

    init(caller: any AWSCaller) {
        // The engine decides what is asked again, and counts each call against AWS's rates.
        let caller = caller.with(attempts: 1, timeLimit: Self.timeLimit)
        ecs = ECS(caller)
        ec2 = EC2(caller)
        autoScaling = AutoScaling(caller)
        loadBalancing = ElasticLoadBalancingV2(caller)
        classicLoadBalancing = ElasticLoadBalancing(caller)
    }

    func answer(to read: Read) async -> ReadAnswer {
        do {
            return try await make(read)
        } catch {
            return .failed(
                ReadFailure(
                    error.description, isThrottling: error.isThrottling, isNotFound: error.isNotFound,
                    isUnanswered: error.isUnanswered))
        }
    }

    private func make(_ read: Read) async throws(AWSError) -> ReadAnswer {
        switch read {
        case .listClusters(let page):
            let answer = try await ecs.listClusters(page: page)
            return .clusters(answer.items.map { ClusterName(ClusterName($0).shortName) }, next: answer.nextToken)
        case .describeClusters(let names):
            let answer = try await ecs.describeClusters(names.map(\.rawValue))
            let providers = answer.found.map { (ClusterName($0.clusterName), $0.capacityProviders ?? []) }
            return .capacityProviders(Dictionary(providers) { first, _ in first })
        case .describeCapacityProviders(let names, let page):
            let answer = try await ecs.describeCapacityProviders(names, page: page)
            let groups = answer.items.compactMap { provider in
                provider.autoScalingGroupProvider.map { (provider.name, $0.groupName) }
            }
            return .providedGroups(Dictionary(groups) { first, _ in first }, next: answer.nextToken)
        case .listContainerInstances(let cluster, let instances, let page):
            let answer = try await ecs.listContainerInstances(
                cluster: cluster.rawValue, filter: Self.filter(instances), page: page)
            return .containerInstanceARNs(answer.items.map { ContainerInstanceARN($0) }, next: answer.nextToken)
        case .describeContainerInstances(let cluster, let arns):
            let answer = try await ecs.describeContainerInstances(cluster: cluster.rawValue, arns.map(\.rawValue))
            return .containerInstances(answer.found.map(DrainModel.ContainerInstance.init))
        case .listTasks(let cluster, let owner, let status, let page):
            let answer = try await ecs.listTasks(
                cluster: cluster.rawValue, containerInstance: owner.containerInstance, serviceName: owner.service,
                desiredStatus: status == .running ? .running : .stopped, page: page)
            return .taskARNs(answer.items.map { TaskARN($0) }, next: answer.nextToken)
        case .describeTasks(let cluster, let arns):
            let answer = try await ecs.describeTasks(cluster: cluster.rawValue, arns.map(\.rawValue))
            return .tasks(answer.found.map(ObservedTask.init), missing: Set(answer.missing.map { TaskARN($0) }))
        case .describeServices(let cluster, let names):
            let answer = try await ecs.describeServices(cluster: cluster.rawValue, names.map(\.rawValue))
            return .services(answer.found.map(ObservedService.init))
        case .describeTaskDefinition(let arn):
            // Whether ECS will ever call a task of it healthy is up to its essential containers' checks.
            let containers = try await ecs.describeTaskDefinition(arn).containerDefinitions
            return .taskDefinition(hasHealthCheck: containers.contains { $0.essential && $0.hasHealthCheck })
        case .getTaskProtection(let cluster, let tasks):
            return .protectedTasks(
                Self.protected(
                    try await ecs.getTaskProtection(
                        cluster: cluster.rawValue, tasks.map(\.rawValue))))
        case .describeInstances(let instances, let page):
            let answer = try await ec2.describeInstances(instances.map(\.rawValue), page: page)
            return .machines(
                Dictionary(answer.items.map { (InstanceID($0.id), $0.state) }) { first, _ in first },
                next: answer.nextToken)
        case .describeTargetHealth(let arn): return .targets(try await targets(of: arn))
        case .describeInstanceHealth(let name):
            return .instanceStates(try await instanceStates(ofLoadBalancer: name))
        case .describeLifecycleHooks(let group):
            let hooks = try await autoScaling.describeLifecycleHooks(group: group.rawValue)
            return .lifecycleHooks(hooks.map(ObservedHook.init))
        case .describeAutoScalingGroups(let names, let page):
            let answer = try await autoScaling.describeAutoScalingGroups(names.map(\.rawValue), page: page)
            return .autoScalingGroups(answer.items.map(ObservedGroup.init), next: answer.nextToken)
        case .describeWarmPool(let group, let page):
            let answer = try await autoScaling.describeWarmPool(group: group.rawValue, page: page)
            let waits = answer.items.compactMap { instance in
                ObservedPoolWait(instance.lifecycleState).map { (InstanceID(instance.id), $0) }
            }
            return .warmPool(Dictionary(waits) { first, _ in first }, next: answer.nextToken)
        }
    }

    /// In ECS's cluster query language.
    private static func filter(_ instances: [InstanceID]) -> String {
        instances.count == 1
            ? "ec2InstanceId == \(instances[0])"
            : "ec2InstanceId in [\(instances.map(\.rawValue).joined(separator: ", "))]"
    }

    private static func protected(_ tasks: [ECS.ProtectedTask]) -> [TaskARN: Timestamp] {
        Dictionary(
            tasks.filter(\.protectionEnabled).map { task in
                (TaskARN(task.taskArn), Timestamp(seconds: task.expirationDate ?? 0))
            }
        ) { first, _ in first }
    }

    /// A load balancer that does not exist (any more) has no instances.
    private func instanceStates(ofLoadBalancer name: String) async throws(AWSError) -> [InstanceID: String] {
        do {
            let states = try await classicLoadBalancing.describeInstanceHealth(loadBalancer: name)
            return Dictionary(states.map { (InstanceID($0.instanceID), $0.isDraining ? "draining" : $0.state) }) {
                first, _ in first
            }
        } catch  where error.code == "LoadBalancerNotFound" {
            return [:]
        }
    }

    private func targets(of arn: TargetGroupARN) async throws(AWSError) -> [ObservedTargetGroup.Target]? {
        do {
            return try await loadBalancing.describeTargetHealth(targetGroupARN: arn.rawValue).map {
                .init(id: $0.id, port: $0.port ?? 0, state: $0.state)
            }
        } catch  where error.code == "TargetGroupNotFound" {
            return nil
        }
    }
}

extension AWSError {
    fileprivate var code: String? { if case .refused(let code, _, _, _) = reason { code } else { nil } }
    fileprivate var isNotFound: Bool { code == "ClusterNotFoundException" }
}

extension ElasticLoadBalancing.InstanceState {
    /// A classic load balancer calls an instance that it lets its last connections of InService, and says so in words.
    fileprivate var isDraining: Bool { description?.contains("deregistration currently in progress") ?? false }
}

extension Read.TaskOwner {
    fileprivate var containerInstance: String? {
        if case .containerInstance(let arn) = self { arn.rawValue } else { nil }
    }
    fileprivate var service: String? { if case .service(let name) = self { name.rawValue } else { nil } }
}

extension ECS.CapacityProvider.AutoScalingGroupProvider {
    /// `web` of `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:UUID:autoScalingGroupName/web`.
    fileprivate var groupName: AutoScalingGroupName {
        let marker = autoScalingGroupArn.firstRange(of: "autoScalingGroupName/")
        return AutoScalingGroupName(
            String(autoScalingGroupArn[(marker?.upperBound ?? autoScalingGroupArn.startIndex)...]))
    }
}

extension Timestamp {
    fileprivate init(seconds: Double) { self.init(millisecondsSinceEpoch: Int64(seconds * 1000)) }
}

extension DrainModel.ContainerInstance {
    fileprivate init(_ host: ECS.ContainerInstance) {
        self.init(
            arn: ContainerInstanceARN(host.containerInstanceArn), instance: InstanceID(host.ec2InstanceId ?? ""),
            status: Status(host.status), agentConnected: host.agentConnected)
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

extension ObservedTask {
    fileprivate init(_ task: ECS.Task) {
        self.init(
            arn: TaskARN(task.taskArn), containerInstance: task.containerInstanceArn.map { ContainerInstanceARN($0) },
            service: task.serviceName, desiredStatus: task.desiredStatus, lastStatus: task.lastStatus,
            health: Health(task.healthStatus), taskDefinition: task.taskDefinitionArn,
            stoppedAt: task.stoppedAt.map { Timestamp(seconds: $0) }, addresses: task.privateAddresses)
    }
}

extension ObservedTask.Health {
    fileprivate init(_ word: String?) {
        switch word {
        case "HEALTHY": self = .healthy
        case "UNHEALTHY": self = .unhealthy
        default: self = .unknown
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
        let groups = service.loadBalancers.compactMap(\.targetGroupArn).map { TargetGroupARN($0) }
        let alternates = service.loadBalancers.compactMap { balancer in
            balancer.targetGroupArn.flatMap { main in
                balancer.advancedConfiguration?.alternateTargetGroupArn.map {
                    (TargetGroupARN(main), TargetGroupARN($0))
                }
            }
        }
        // Under CODE_DEPLOY and EXTERNAL each task set has a target group of its own, and the traffic is on one of them.
        let isSplit =
            service.deploymentControllerType == "CODE_DEPLOY" || service.deploymentControllerType == "EXTERNAL"
        let distinct = Set(groups).sorted()
        self.init(
            name: ServiceName(service.serviceName), isActive: service.status == "ACTIVE",
            isDaemon: service.schedulingStrategy == "DAEMON", desiredCount: service.desiredCount,
            // Absent for deployment controllers other than ECS's own, for which AWS documents these defaults.
            minimumHealthyPercent: service.minimumHealthyPercent ?? 100,
            maximumPercent: service.maximumPercent ?? 200,
            targetGroups: isSplit ? Array(distinct.prefix(1)) : distinct,
            alternateTargetGroups: isSplit
                ? distinct.first.map { [$0: Array(distinct.dropFirst())] } ?? [:]
                : Dictionary(alternates.map { ($0.0, [$0.1]) }) { first, _ in first },
            classicLoadBalancers: service.loadBalancers.compactMap(\.loadBalancerName),
            deploymentFailed: service.deployments.contains { $0.status == "PRIMARY" && $0.rolloutState == "FAILED" },
            recentEvents: Self.recent(service.events).compactMap(\.message))
    }

    /// Those of the last ten minutes before the newest: AWS keeps a hundred, and gives the newest first.
    private static func recent(_ events: [ECS.Service.Event]) -> ArraySlice<ECS.Service.Event> {
        guard let newest = events.first?.createdAt else { return events.prefix(1) }
        return events.prefix { event in event.createdAt.map { newest - $0 <= 600 } ?? false }
    }
}

extension ObservedHook {
    fileprivate init(_ hook: AutoScaling.LifecycleHook) {
        self.init(
            name: LifecycleHookName(hook.name),
            transition: hook.transition == "autoscaling:EC2_INSTANCE_TERMINATING" ? .terminating : .launching,
            heartbeatTimeoutSeconds: hook.heartbeatTimeout, notificationTarget: hook.notificationTargetARN,
            notificationMetadata: hook.notificationMetadata)
    }
}

extension ObservedGroup {
    fileprivate init(_ group: AutoScaling.Group) {
        self.init(
            name: AutoScalingGroupName(group.name),
            waiting: group.instances.filter { $0.lifecycleState == "Terminating:Wait" }.map { InstanceID($0.id) },
            retainsAbandoned: group.terminateHookAbandon == "retain", hasWarmPool: group.hasWarmPool)
    }
}

extension ObservedPoolWait {
    fileprivate init?(_ lifecycleState: String) {
        switch lifecycleState {
        case "Warmed:Pending:Wait": self = .entering
        case "Warmed:Terminating:Wait": self = .ending
        default: return nil
        }
    }
}
