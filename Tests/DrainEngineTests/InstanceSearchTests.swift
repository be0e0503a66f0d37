import DrainModel
import Testing

@testable import DrainEngine

@Suite("The search for an instance's cluster")
struct InstanceSearchTests {
    /// So many clusters, `c1` and so on; the group `asg` feeds `c7` through the provider `p7`, and each other one has a
    /// provider of somebody else's group.
    private struct Account {
        var clusters = 40
        var home: ClusterName = "c7"
        var failing: (Read) -> Bool = { _ in false }

        func answer(to read: Read) -> ReadAnswer {
            if failing(read) { return .failed(ReadFailure("AccessDenied")) }
            switch read {
            case .listClusters: return .clusters((1...clusters).map { ClusterName("c\($0)") }, next: nil)
            case .describeClusters(let names):
                return .capacityProviders(
                    Dictionary(uniqueKeysWithValues: names.map { ($0, ["FARGATE", "p\($0.rawValue.dropFirst())"]) }))
            case .describeCapacityProviders(let names, let page):
                // Ten a page, as ECS has it.
                let start = page.flatMap { Int($0) } ?? 0
                let shown = names[start...].prefix(10)
                return .providedGroups(
                    Dictionary(uniqueKeysWithValues: shown.map { ($0, $0 == "p7" ? "asg" : "theirs") }),
                    next: start + 10 < names.count ? String(start + 10) : nil)
            case .listContainerInstances(let cluster, _, _):
                return .containerInstanceARNs(cluster == home ? ["host-1"] : [], next: nil)
            case .describeContainerInstances:
                return .containerInstances([
                    ContainerInstance(arn: "host-1", instance: "i-1", status: .active, agentConnected: true)
                ])
            default: return .failed(ReadFailure("not asked for"))
            }
        }
    }

    private func search(
        in account: Account, likely: Set<ClusterName> = [], groups: Set<AutoScalingGroupName> = ["asg"]
    ) -> (search: InstanceSearch, reads: [Read]) {
        var search = InstanceSearch(for: ["i-1"], likely: likely, served: [], groups: groups)
        var reads: [Read] = []
        while let read = search.wanted.first, reads.count < 200 {
            reads.append(read)
            search.take(read, account.answer(to: read))
        }
        return (search, reads)
    }

    private func lists(_ reads: [Read]) -> Int {
        reads.count { if case .listContainerInstances = $0 { true } else { false } }
    }

    @Test("asks one cluster of forty, where a capacity provider says which one the group feeds")
    func fed() {
        let (search, reads) = search(in: Account())
        #expect(search.whereabouts.found["i-1"]?.cluster == "c7")
        #expect(lists(reads) == 1)
        // The clusters, their providers, four pages of these, one list and one description.
        #expect(reads.count == 8)
    }

    @Test("asks a few clusters themselves, sooner than their capacity providers")
    func few() {
        let reads = search(in: Account(clusters: 3, home: "c3")).reads
        #expect(!reads.contains { if case .describeClusters = $0 { true } else { false } })
    }

    @Test("asks the other thirty-nine where the provider's cluster does not have it, each once")
    func elsewhere() {
        let (search, reads) = search(in: Account(home: "c9"))
        #expect(search.whereabouts.found["i-1"]?.cluster == "c9")
        #expect(lists(reads) <= 40)
    }

    @Test("is absent only where every cluster has answered")
    func absent() {
        let (search, reads) = search(in: Account(home: "none"))
        #expect(search.whereabouts.absent == ["i-1"])
        #expect(lists(reads) == 40)
    }

    @Test("asks everywhere where the capacity providers cannot be read, and calls that no failure")
    func unseen() {
        var account = Account()
        account.failing = { read in
            switch read {
            case .describeClusters, .describeCapacityProviders: true
            default: false
            }
        }
        let search = search(in: account).search
        #expect(search.whereabouts.found["i-1"]?.cluster == "c7")
        #expect(search.failure == nil)
    }

    @Test("asks no capacity providers where it is likely to be somewhere, and is")
    func likely() {
        #expect(search(in: Account(), likely: ["c7"]).reads.count == 2)
    }

    @Test("asks them when it is not where it was likely to be")
    func unlikely() {
        let (search, reads) = search(in: Account(), likely: ["c3"])
        #expect(search.whereabouts.found["i-1"]?.cluster == "c7")
        #expect(lists(reads) == 2)
    }

    @Test("asks none for an instance whose group nobody knows")
    func noGroup() {
        let reads = search(in: Account(home: "c40"), groups: []).reads
        #expect(!reads.contains { if case .describeClusters = $0 { true } else { false } })
    }
}
