extension ECS {
    public struct ProtectedTask: Hashable, Sendable, Decodable {
        public let taskArn: String
        public let protectionEnabled: Bool
        /// Seconds since 1970; nil where it is not protected.
        public let expirationDate: Double?
    }

    /// Tells which of at most 100 tasks of services are protected from scale-in. ECS knows no protection of a task that
    /// has ended: those, and any that it does not describe for another reason, are left out.
    public func getTaskProtection(cluster: String, _ tasks: [String]) async throws(AWSError) -> [ProtectedTask] {
        struct Input: Encodable {
            let cluster: String
            let tasks: [String]
        }
        struct Output: Decodable {
            let protectedTasks: [ProtectedTask]
        }
        return try await caller.json(
            .getTaskProtection, Input(cluster: cluster, tasks: tasks), as: Output.self
        ).protectedTasks
    }
}
