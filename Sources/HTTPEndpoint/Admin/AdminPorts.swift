public import DrainModel

/// Where the admin API reads drains.
public protocol DrainSource: Sendable {
    func drains(matching query: DrainQuery) async throws -> DrainPage
    /// The drain of that id; nil when there is none.
    func drain(_ id: DrainID) async throws -> Drain?
}

/// Whether draind can do its work now.
public enum Readiness: Hashable, Sendable {
    case ready
    /// `reason` says what is missing, `hint` what to do about it.
    case notReady(reason: String, hint: String)
}
