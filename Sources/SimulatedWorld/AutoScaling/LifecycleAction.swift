extension World {
    /// One instance waiting for one hook, from beginning to end: it stays on record after its completion.
    public struct LifecycleAction: Hashable, Sendable, Identifiable {
        public typealias ID = Handle<LifecycleAction>

        public let id: ID
        /// `LifecycleActionToken`, a UUID.
        public let token: String
        public let group: String
        public let hook: String
        public let transition: LifecycleTransition
        public let origin: Place
        public let destination: Place
        public let instance: Instance.ID
        public let instanceID: String
        public let startedAt: WorldTime
        /// When it times out unless a heartbeat comes; never beyond ``globalDeadline``.
        public internal(set) var deadline: WorldTime
        public let globalDeadline: WorldTime
        /// The moments of the heartbeats that were accepted.
        public internal(set) var heartbeats: [WorldTime] = []
        public internal(set) var completion: Completion?
        let heartbeatTimeout: Duration
        let defaultResult: LifecycleActionResult

        public struct Completion: Hashable, Sendable {
            public let at: WorldTime
            public let result: LifecycleActionResult
            public let cause: Cause
        }

        /// `Origin` and `Destination` of a notification.
        public enum Place: String, Hashable, Sendable {
            case ec2 = "EC2"
            case autoScalingGroup = "AutoScalingGroup"
            case warmPool = "WarmPool"
        }

        /// Who ended it.
        public enum Cause: String, Hashable, Sendable {
            /// CompleteLifecycleAction.
            case call
            /// Its heartbeat timeout or its global timeout passed: the hook's default result.
            case timeout
            /// Another hook of the same instance was answered with ABANDON, or a launching instance was terminated.
            case superseded
            /// DeleteLifecycleHook.
            case hookDeleted
            /// ECS, for its own hook.
            case managedDraining
        }
    }
}
