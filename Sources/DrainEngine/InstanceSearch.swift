import DrainModel

/// The search for the clusters of instances, as a value: it says what it still wants to read, and takes the answers.
///
/// First where they are likely to be, then, of many clusters, in those that capacity providers say the instances' groups
/// feed, then in every cluster that is served. An instance that is found in none of them is absent only if every one of
/// them answered.
struct InstanceSearch: Sendable {
    private(set) var whereabouts: Whereabouts
    /// Which clusters could not be asked, and why.
    private(set) var failure: ReadFailure?

    private let isOfAllClusters: Bool
    private var clusters: [ClusterName]
    private var listed: Set<Read> = []
    private var clusterPage: Read.PageToken?
    private var clustersAreKnown: Bool
    private var found: [ClusterName: Set<ContainerInstanceARN>] = [:]
    private var described: Set<ContainerInstanceARN> = []
    private var follow: [Read] = []
    private let groups: Set<AutoScalingGroupName>
    private var providers: CapacityProviderSearch?
    /// Where to look when those that capacity providers told of do not have them all.
    private var others: [ClusterName] = []
    /// Up to so many clusters are asked sooner than their capacity providers.
    private static let fewClusters = 3
    /// Cut once: what is found meanwhile must not shift the others into other questions.
    private let batches: [[InstanceID]]

    /// - Parameters:
    ///   - likely: where to look first.
    ///   - served: the only clusters to look in; empty for all of the account and region.
    ///   - groups: those that the instances are of, as far as that is known.
    init(
        for instances: Set<InstanceID>, likely: Set<ClusterName>, served: [ClusterName],
        groups: Set<AutoScalingGroupName> = []
    ) {
        self.groups = groups
        whereabouts = Whereabouts(absent: instances)
        batches = instances.sorted().batches(of: Read.Batch.instancesInFilter)
        isOfAllClusters = served.isEmpty
        let allowed = likely.filter { served.isEmpty || served.contains($0) }.sorted()
        clusters = allowed.isEmpty ? served : allowed
        self.served = served
        clustersAreKnown = !allowed.isEmpty || !served.isEmpty
        isFirstRound = !allowed.isEmpty
    }

    private let served: [ClusterName]
    private var isFirstRound: Bool

    var isComplete: Bool { wanted.isEmpty }

    var wanted: [Read] {
        if whereabouts.absent.isEmpty { return [] }
        if !clustersAreKnown { return [.listClusters(page: clusterPage)] }
        if let providers, !providers.isComplete { return providers.wanted }
        return clusters.flatMap(reads)
    }

    private func reads(in cluster: ClusterName) -> [Read] {
        let lists: [Read] = batches.filter { !whereabouts.absent.isDisjoint(with: $0) }.map {
            .listContainerInstances(cluster, $0, page: nil)
        }
        let pages = follow.filter { if case .listContainerInstances(cluster, _, _) = $0 { true } else { false } }
        let describes: [Read] = (found[cluster] ?? []).subtracting(described).sorted()
            .batches(of: Read.Batch.containerInstances).map { .describeContainerInstances(cluster, $0) }
        return (describes + pages + lists).filter { !listed.contains($0) }
    }

    mutating func take(_ read: Read, _ answer: ReadAnswer) {
        guard wanted.contains(read) else { return }
        switch (read, answer) {
        case (.listClusters, .clusters(let names, let next)):
            clusters += names
            clusterPage = next
            clustersAreKnown = next == nil
            if clustersAreKnown, clusters.count > Self.fewClusters, !groups.isEmpty {
                providers = CapacityProviderSearch(of: groups, in: clusters)
            }
        case (.describeClusters, _), (.describeCapacityProviders, _): takeProviders(read, answer)
        case (.listContainerInstances(let cluster, let instances, _), .containerInstanceARNs(let arns, let next)):
            listed.insert(read)
            found[cluster, default: []].formUnion(arns)
            if let next { follow.append(.listContainerInstances(cluster, instances, page: next)) }
        case (.describeContainerInstances(let cluster, let arns), .containerInstances(let hosts)):
            described.formUnion(arns)
            // Where an agent lost its state, an instance is registered twice, and only one of the two has an agent.
            for host in hosts.filter({ $0.status != .inactive }).sorted(by: { $0.agentConnected && !$1.agentConnected })
            {
                guard whereabouts.absent.remove(host.instance) != nil else { continue }
                whereabouts.found[host.instance] = Drain.Location(cluster: cluster, containerInstance: host.arn)
            }
        case (_, .failed(let reason)): takeFailure(of: read, reason)
        default: takeFailure(of: read, ReadFailure("an answer that does not belong to the question"))
        }
        if wanted.isEmpty, isFirstRound, !whereabouts.absent.isEmpty { widen() }
        if wanted.isEmpty, failure != nil { whereabouts.absent = [] }
    }

    private mutating func takeProviders(_ read: Read, _ answer: ReadAnswer) {
        providers?.take(read, answer)
        guard let fed = providers?.fed, providers?.isComplete ?? false, !fed.isEmpty else { return }
        others = clusters.filter { !fed.contains($0) }
        clusters = fed.sorted()
        isFirstRound = true
    }

    /// One cluster that cannot be asked leaves what the others showed.
    private mutating func takeFailure(of read: Read, _ reason: ReadFailure) {
        listed.insert(read)
        // One that hook metadata names by mistake, or that was deleted since it was listed, holds no instance.
        if case .listContainerInstances(let cluster, _, _) = read, reason.isNotFound, !served.contains(cluster) {
            return
        }
        failure = reason
        switch read {
        case .listContainerInstances(let cluster, _, _):
            failure = ReadFailure(
                "cluster \(cluster): \(reason)\(reason.isNotFound ? "; is --cluster right?" : "")",
                isThrottling: reason.isThrottling, isNotFound: reason.isNotFound)
        case .describeContainerInstances(_, let arns): described.formUnion(arns)
        case .listClusters: clustersAreKnown = true
        default: break
        }
    }

    /// Not where they were likely to be: everywhere.
    private mutating func widen() {
        isFirstRound = false
        if providers != nil {
            clusters = others
            return
        }
        clusters = served.filter { !clusters.contains($0) }
        clustersAreKnown = !isOfAllClusters
    }
}
