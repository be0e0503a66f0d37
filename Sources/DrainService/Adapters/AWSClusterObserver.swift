import AWSClient
import DrainEngine
import DrainModel

/// Sees clusters through AWS's APIs: the one place where AWS's shapes become ours on the way in.
struct AWSClusterObserver: ClusterObserver {
    private let ecs: ECS
    private let autoScaling: AutoScaling
    private let loadBalancing: ElasticLoadBalancingV2
    private let healthChecks: HealthCheckCatalogue
    /// Empty: every cluster of the account and region.
    private let servedClusters: [ClusterName]
    private let clock: any WallClock

    /// Instance ids in one filter expression; AWS publishes no limit, so this stays small.
    private static let instancesPerFilter = 20

    init(caller: any AWSCaller, servedClusters: [ClusterName], clock: any WallClock) {
        ecs = ECS(caller)
        autoScaling = AutoScaling(caller)
        loadBalancing = ElasticLoadBalancingV2(caller)
        healthChecks = HealthCheckCatalogue(ecs)
        self.servedClusters = servedClusters
        self.clock = clock
    }

    func locate(_ instances: Set<InstanceID>) async throws(ObservationFailure) -> Whereabouts {
        try await explained { () async throws(AWSError) in
            var whereabouts = Whereabouts(absent: instances)
            for cluster in try await clusters() {
                for host in try await hosts(of: whereabouts.absent, in: cluster) {
                    guard let id = host.ec2InstanceId.map({ InstanceID($0) }), whereabouts.absent.remove(id) != nil
                    else { continue }
                    whereabouts.found[id] = Drain.Location(
                        cluster: cluster, containerInstance: ContainerInstanceARN(host.containerInstanceArn))
                }
            }
            return whereabouts
        }
    }

    func timing(
        of hook: LifecycleHookName, in group: AutoScalingGroupName
    ) async throws(ObservationFailure) -> LifecycleHookTiming? {
        try await explained { () async throws(AWSError) in
            try await autoScaling.describeLifecycleHooks(group: group.rawValue, names: [hook.rawValue]).first
                .map { LifecycleHookTiming(heartbeatTimeoutSeconds: $0.heartbeatTimeout) }
        }
    }

    func look(_ request: LookRequest) async throws(ObservationFailure) -> ClusterSnapshot {
        try await explained { () async throws(AWSError) in
            var look = ClusterLook(
                request: request, takenAt: clock.now(), ecs: ecs, loadBalancing: loadBalancing,
                healthChecks: healthChecks)
            return try await look.take()
        }
    }

    private func clusters() async throws(AWSError) -> [ClusterName] {
        if !servedClusters.isEmpty { return servedClusters }
        return try await ecs.listClusters().map { ClusterName(Identifier<IdentifierKind.Cluster>($0).shortName) }
    }

    private func hosts(
        of instances: Set<InstanceID>, in cluster: ClusterName
    ) async throws(AWSError) -> [ECS.ContainerInstance] {
        var arns: [String] = []
        let sorted = instances.sorted()
        for start in stride(from: 0, to: sorted.count, by: Self.instancesPerFilter) {
            let chunk = sorted[start..<min(start + Self.instancesPerFilter, sorted.count)].map(\.rawValue)
            let filter =
                chunk.count == 1
                ? "ec2InstanceId == \(chunk[0])" : "ec2InstanceId in [\(chunk.joined(separator: ", "))]"
            arns += try await ecs.listContainerInstances(cluster: cluster.rawValue, filter: filter)
        }
        return arns.isEmpty ? [] : try await ecs.describeContainerInstances(cluster: cluster.rawValue, arns).found
    }

    private func explained<T>(
        _ body: () async throws(AWSError) -> T
    ) async throws(ObservationFailure) -> T {
        do { return try await body() } catch { throw ObservationFailure(error.description) }
    }
}

/// Which task definitions have a health check. A revision never changes, so each is asked for once.
actor HealthCheckCatalogue {
    private let ecs: ECS
    private var known: [String: Bool] = [:]

    init(_ ecs: ECS) { self.ecs = ecs }

    /// Whether ECS will ever call a task of it healthy: that is up to its essential containers' checks.
    func hasHealthCheck(_ taskDefinition: String) async throws(AWSError) -> Bool {
        if let answer = known[taskDefinition] { return answer }
        let containers = try await ecs.describeTaskDefinition(taskDefinition).containerDefinitions
        let answer = containers.contains { $0.essential && $0.hasHealthCheck }
        known[taskDefinition] = answer
        return answer
    }
}
