/// What `GET /readyz` answers when draind can do its work.
public struct ReadinessJSON: Hashable, Sendable, Codable {
    /// `ready`.
    public let status: String
    public let role: Role
    /// In which it decides; not there while it stands by.
    public let epoch: Int64?

    public enum Role: String, Hashable, Sendable, Codable {
        case decides
        case standsBy = "stands-by"
    }

    public init(_ role: Readiness.Role) {
        status = "ready"
        switch role {
        case .decides(let epoch): (self.role, self.epoch) = (.decides, epoch)
        case .standsBy: (self.role, epoch) = (.standsBy, nil)
        }
    }
}
