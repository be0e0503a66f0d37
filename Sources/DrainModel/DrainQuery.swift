/// Which drains to list.
public struct DrainQuery: Hashable, Sendable {
    public var state: State
    public var cluster: ClusterName?
    /// The most drains in one page, 1 to 1000.
    public var limit: Int
    /// The last drain of the page before.
    public var after: DrainID?

    public enum State: String, Hashable, Sendable, CaseIterable {
        case active, finished, all
    }

    public init(state: State = .active, cluster: ClusterName? = nil, limit: Int = 100, after: DrainID? = nil) {
        self.state = state
        self.cluster = cluster
        self.limit = limit
        self.after = after
    }
}

/// One page of drains, newest acceptance first.
public struct DrainPage: Hashable, Sendable {
    public let drains: [Drain]
    /// What to ask for `after` to get the next page; nil on the last.
    public let next: DrainID?

    public init(drains: [Drain], next: DrainID?) {
        self.drains = drains
        self.next = next
    }
}
