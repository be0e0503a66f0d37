extension World {
    /// An Auto Scaling group; its instances are those of ``World/members(ofGroup:)``.
    public struct AutoScalingGroup: Hashable, Sendable {
        public let name: String
        public let arn: String
        public let createdAt: WorldTime
        public internal(set) var minSize: Int
        public internal(set) var maxSize: Int
        public internal(set) var desiredCapacity: Int
        public let availabilityZones: [String]
        public let instanceType: String
        /// The ECS cluster its instances register with, if any.
        public let cluster: String?
        /// What an instance registers with ECS: CPU units and MiB.
        public let resources: Resources
        /// Whose instances they are to ECS, if it is a capacity provider's group.
        public let capacityProvider: String?
        public internal(set) var hooks: [LifecycleHook] = []
        /// `InstanceLifecyclePolicy.RetentionTriggers.TerminateHookAbandon`.
        public internal(set) var terminateHookAbandon = TerminateHookAbandon.terminate
        public internal(set) var warmPool: WarmPool?
        public internal(set) var newInstancesProtectedFromScaleIn = false
        /// The last one.
        public internal(set) var refresh: InstanceRefresh?
        /// Launched and not yet Terminated, in order of launch.
        var members: [Instance.ID] = []
        /// In the warm pool or on their way there, in order of launch.
        var warmMembers: [Instance.ID] = []

        /// What becomes of an instance whose terminate hook was answered with ABANDON, or timed out with that as its
        /// default result.
        public enum TerminateHookAbandon: String, Hashable, Sendable {
            case retain
            case terminate
        }
    }

    /// CPU units (1024 a vCPU) and memory in MiB.
    public struct Resources: Hashable, Sendable {
        public var cpu: Int
        public var memory: Int

        public init(cpu: Int, memory: Int) {
            self.cpu = cpu
            self.memory = memory
        }
    }

    /// What `TerminateInstanceInAutoScalingGroup` answers with.
    public struct ScalingActivity: Hashable, Sendable {
        public let id: String
        public let group: String
        public let description: String
        public let cause: String
        public let startedAt: WorldTime
    }
}
