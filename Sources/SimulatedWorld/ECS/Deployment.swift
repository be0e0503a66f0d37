extension World {
    /// A deployment of a service: PRIMARY is the newest; older ones are ACTIVE as long as they have tasks.
    public struct Deployment: Hashable, Sendable {
        /// `ecs-svc/…`, also `startedBy` of its tasks.
        public let id: String
        public let taskDefinitionARN: String
        public let createdAt: WorldTime
        public internal(set) var status: Status
        /// COMPLETED stays COMPLETED: a draining instance does not reset it.
        public internal(set) var rolloutState: RolloutState
        /// Tasks that ended before they were ever healthy, in a row, while it was in progress.
        public internal(set) var failedTasks = 0
        /// Rises with each deployment of a service.
        let number: Int
        let definition: Int

        public enum Status: String, Hashable, Sendable {
            case primary = "PRIMARY"
            case active = "ACTIVE"
        }

        public enum RolloutState: String, Hashable, Sendable {
            case inProgress = "IN_PROGRESS"
            case completed = "COMPLETED"
            /// By the circuit breaker: it starts no task any more, not even a replacement.
            case failed = "FAILED"
        }
    }
}
