import DrainModel

/// The search for the clusters that Auto Scaling groups feed through capacity providers, as a value. It is a short cut:
/// what cannot be read is left out, and whoever searches then looks everywhere.
struct CapacityProviderSearch: Sendable {
    private let groups: Set<AutoScalingGroupName>
    private let batches: [[ClusterName]]
    private var described: Set<[ClusterName]> = []
    private var providers: [ClusterName: [String]] = [:]
    private var providerBatches: [[String]] = []
    private var fetched: Set<[String]> = []
    private var pages: [[String]: Read.PageToken] = [:]
    private var feeding: Set<String> = []

    init(of groups: Set<AutoScalingGroupName>, in clusters: [ClusterName]) {
        self.groups = groups
        batches = clusters.sorted().batches(of: Read.Batch.clusters)
    }

    /// The clusters that one of the groups feeds.
    var fed: Set<ClusterName> { Set(providers.filter { !feeding.isDisjoint(with: $0.value) }.keys) }

    var isComplete: Bool { wanted.isEmpty }

    var wanted: [Read] {
        let clusters = batches.filter { !described.contains($0) }
        if !clusters.isEmpty { return clusters.map { .describeClusters($0) } }
        return providerBatches.filter { !fetched.contains($0) }.map {
            .describeCapacityProviders($0, page: pages[$0])
        }
    }

    mutating func take(_ read: Read, _ answer: ReadAnswer) {
        guard wanted.contains(read) else { return }
        switch read {
        case .describeClusters(let clusters):
            if case .capacityProviders(let found) = answer { providers.merge(found) { _, new in new } }
            described.insert(clusters)
            if described.count == batches.count { cutBatches() }
        case .describeCapacityProviders(let names, let page):
            guard case .providedGroups(let found, let next) = answer else {
                fetched.insert(names)
                return
            }
            feeding.formUnion(found.filter { groups.contains($0.value) }.keys)
            if let next, next != page { pages[names] = next } else { fetched.insert(names) }
        default: break
        }
    }

    /// FARGATE and FARGATE_SPOT are AWS's own, and have no group.
    private mutating func cutBatches() {
        providerBatches = Set(providers.values.joined()).filter { !$0.hasPrefix("FARGATE") }.sorted()
            .batches(of: Read.Batch.capacityProviders)
    }
}
