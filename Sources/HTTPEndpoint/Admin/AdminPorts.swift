public import DrainModel

/// Where the admin API reads drains.
public protocol DrainSource: Sendable {
    func drains(matching query: DrainQuery) async throws -> DrainPage
    /// The drain of that id; nil when there is none.
    func drain(_ id: DrainID) async throws -> Drain?
}

/// Where the admin API has an operator's word carried out.
public protocol DrainOperator: Sendable {
    /// Drains an instance; one that drains already goes on as it does.
    func drain(_ request: DrainRequest) async -> OperatorAnswer
    /// Calls a drain off.
    func cancel(_ id: DrainID) async -> OperatorAnswer
    /// Completes a drain now, whatever still runs.
    func complete(_ id: DrainID, with result: LifecycleActionResult) async -> OperatorAnswer
}

/// An instance that an operator wants drained.
public struct DrainRequest: Hashable, Sendable {
    public let instance: InstanceID
    /// The only cluster to look in; nil for any that is served.
    public let cluster: ClusterName?
    /// Whether to complete its pending lifecycle action as well.
    public let completesAction: Bool

    public init(instance: InstanceID, cluster: ClusterName? = nil, completesAction: Bool = false) {
        self.instance = instance
        self.cluster = cluster
        self.completesAction = completesAction
    }
}

/// What became of an operator's word.
public enum OperatorAnswer: Hashable, Sendable {
    /// It is durable; the drain as it is recorded.
    case done(Drain)
    /// There is no drain of that id.
    case unknown
    /// It is decided already, and otherwise.
    case decided(Drain)
    /// What is asked for is not allowed here: why, and what to do.
    case refused(reason: String, hint: String)
    /// Whether it is recorded is not known, or it is not: it may be said again.
    case unavailable
}

/// Whether draind can do its work now.
public enum Readiness: Hashable, Sendable {
    case ready(Role)
    /// `reason` says what is missing, `hint` what to do about it.
    case notReady(reason: String, hint: String)

    /// Which part it has among those that share its store; one that is alone decides.
    public enum Role: Hashable, Sendable {
        /// Each one that begins to decide opens the next epoch.
        case decides(epoch: Int64)
        /// It accepts, and another decides.
        case standsBy
    }
}
