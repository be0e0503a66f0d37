extension AutoScaling {
    public struct Group: Hashable, Sendable {
        public let name: String
        public let instances: [Instance]
        /// `retain` or `terminate`: what becomes of an instance whose termination is abandoned; nil means `terminate`.
        public let terminateHookAbandon: String?
        /// Whose instances are not among ``instances``.
        public let hasWarmPool: Bool
    }

    public struct Instance: Hashable, Sendable {
        public let id: String
        public let groupName: String
        /// AWS's word: `InService`, `Terminating:Wait`, …; new ones come up.
        public let lifecycleState: String
        /// `Healthy` or `Unhealthy`.
        public let healthStatus: String
    }

    public struct LifecycleHook: Hashable, Sendable {
        public let name: String
        public let groupName: String
        /// `autoscaling:EC2_INSTANCE_TERMINATING` or `autoscaling:EC2_INSTANCE_LAUNCHING`.
        public let transition: String
        /// Seconds without a heartbeat after which the default result is taken.
        public let heartbeatTimeout: Int
        /// Seconds after which it is taken whatever the heartbeats.
        public let globalTimeout: Int
        /// `CONTINUE` or `ABANDON`.
        public let defaultResult: String
        /// The topic or queue that is told; nil for a hook seen through EventBridge only.
        public let notificationTargetARN: String?
        public let notificationMetadata: String?
    }

    /// As what a lifecycle hook is to be set. What is nil, a hook that exists keeps.
    public struct LifecycleHookSettings: Hashable, Sendable {
        /// `autoscaling:EC2_INSTANCE_TERMINATING` or `autoscaling:EC2_INSTANCE_LAUNCHING`.
        public let transition: String
        /// Seconds, 30 to 7200.
        public let heartbeatTimeout: Int
        /// `CONTINUE` or `ABANDON`.
        public let defaultResult: String
        /// Empty: none.
        public let notificationTargetARN: String?
        /// With which Auto Scaling publishes to the target.
        public let roleARN: String?
        public let notificationMetadata: String?

        public init(
            transition: String, heartbeatTimeout: Int, defaultResult: String, notificationTargetARN: String? = nil,
            roleARN: String? = nil, notificationMetadata: String? = nil
        ) {
            self.transition = transition
            self.heartbeatTimeout = heartbeatTimeout
            self.defaultResult = defaultResult
            self.notificationTargetARN = notificationTargetARN
            self.roleARN = roleARN
            self.notificationMetadata = notificationMetadata
        }
    }

    public enum LifecycleActionResult: String, Hashable, Sendable {
        case `continue` = "CONTINUE"
        case abandon = "ABANDON"
    }
}

extension AutoScaling.Group {
    init(_ member: XMLTree) throws(UnreadableBody) {
        let name = try member.requiredText("AutoScalingGroupName")
        self.name = name
        var instances: [AutoScaling.Instance] = []
        for instance in try member.members("Instances") {
            instances.append(try AutoScaling.Instance(instance, group: name))
        }
        self.instances = instances
        terminateHookAbandon = member.child("InstanceLifecyclePolicy")?.child("RetentionTriggers")?
            .text("TerminateHookAbandon")
        hasWarmPool = member.child("WarmPoolConfiguration") != nil
    }
}

extension AutoScaling.Instance {
    init(_ member: XMLTree, group: String) throws(UnreadableBody) {
        id = try member.requiredText("InstanceId")
        groupName = group
        lifecycleState = try member.requiredText("LifecycleState")
        healthStatus = try member.requiredText("HealthStatus")
    }
}

extension AutoScaling.LifecycleHook {
    init(_ member: XMLTree) throws(UnreadableBody) {
        name = try member.requiredText("LifecycleHookName")
        groupName = try member.requiredText("AutoScalingGroupName")
        transition = try member.requiredText("LifecycleTransition")
        heartbeatTimeout = try member.requiredInteger("HeartbeatTimeout")
        globalTimeout = try member.requiredInteger("GlobalTimeout")
        defaultResult = try member.requiredText("DefaultResult")
        notificationTargetARN = member.text("NotificationTargetARN")
        notificationMetadata = member.text("NotificationMetadata")
    }
}
