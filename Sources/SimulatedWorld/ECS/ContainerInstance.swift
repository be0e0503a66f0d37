extension World {
    /// An instance as ECS knows it.
    public struct ContainerInstance: Hashable, Sendable, Identifiable {
        public typealias ID = Handle<ContainerInstance>

        public let id: ID
        public let arn: String
        public let cluster: String
        let clusterIndex: Int
        public let instance: Instance.ID
        public let ec2InstanceID: String
        public let availabilityZone: String
        /// `capacityProviderName`.
        public let capacityProvider: String?
        public let registeredAt: WorldTime
        public internal(set) var status: Status
        public internal(set) var agentConnected: Bool
        public let registered: Resources
        public internal(set) var remaining: Resources
        /// Host ports that its tasks have asked for by number: each can be given once.
        public internal(set) var staticPorts: [Int] = []
        /// Rises with every change, as `version` does.
        public internal(set) var version: Int
        /// Not STOPPED, in order of creation.
        var tasks: [Task.ID] = []
        /// The same with those that have STOPPED, as long as ECS lists them.
        var listedTasks: [Task.ID] = []
        var drainingSince: WorldTime?
        var nextHostPort = 32768

        public enum Status: String, Hashable, Sendable {
            case active = "ACTIVE"
            case draining = "DRAINING"
            case inactive = "INACTIVE"
        }
    }
}
