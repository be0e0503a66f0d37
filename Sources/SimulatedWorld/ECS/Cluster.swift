extension World {
    /// An ECS cluster.
    public struct Cluster: Hashable, Sendable {
        public let name: String
        public let arn: String
        /// How often something has changed that ECS tells EventBridge.
        public internal(set) var changeCount = 0
        var containerInstances: [ContainerInstance.ID] = []
        /// Of those, the ones that are not INACTIVE.
        var openContainerInstances: [ContainerInstance.ID] = []
        var services: [Service.ID] = []
        var tasks: [Task.ID] = []
    }
}
