extension World {
    /// A lifecycle hook of a group.
    public struct LifecycleHook: Hashable, Sendable {
        public let name: String
        public let group: String
        public var transition: LifecycleTransition
        /// 30 to 7200 s; AWS's default is 3600 s.
        public var heartbeatTimeout: Duration
        public var defaultResult: LifecycleActionResult
        /// An SNS topic's ARN.
        public var notificationTargetARN: String?
        public var roleARN: String?
        public var notificationMetadata: String?

        public init(
            name: String, group: String, transition: LifecycleTransition = .terminating,
            heartbeatTimeout: Duration = .seconds(3600), defaultResult: LifecycleActionResult = .abandon,
            notificationTargetARN: String? = nil, roleARN: String? = nil, notificationMetadata: String? = nil
        ) {
            self.name = name
            self.group = group
            self.transition = transition
            self.heartbeatTimeout = heartbeatTimeout
            self.defaultResult = defaultResult
            self.notificationTargetARN = notificationTargetARN
            self.roleARN = roleARN
            self.notificationMetadata = notificationMetadata
        }

        /// `GlobalTimeout`: however many heartbeats come, an action never lasts longer than 48 h or 100 heartbeat
        /// timeouts, whichever is less.
        public var globalTimeout: Duration { min(.seconds(172_800), heartbeatTimeout * 100) }
    }

    public enum LifecycleTransition: String, Hashable, Sendable {
        case launching = "autoscaling:EC2_INSTANCE_LAUNCHING"
        case terminating = "autoscaling:EC2_INSTANCE_TERMINATING"
    }

    public enum LifecycleActionResult: String, Hashable, Sendable {
        case `continue` = "CONTINUE"
        case abandon = "ABANDON"
    }
}
