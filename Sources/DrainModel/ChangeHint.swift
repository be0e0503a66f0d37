/// That something has changed, as an EventBridge event tells it: a hint to look soon. What has changed is for the look to
/// see, for events come late, twice, in the wrong order, or not at all.
public struct ChangeHint: Hashable, Sendable {
    /// In which cluster; nil where the event does not say.
    public let cluster: ClusterName?
    /// With which instance, if it is about one.
    public let instance: InstanceID?
    /// nil where the event tells none.
    public let version: Version?

    /// How often a resource has changed: of two events about it, the one with the greater number is the later.
    /// Source: Amazon ECS developer guide, "Amazon ECS events", of `detail.version`.
    public struct Version: Hashable, Sendable {
        /// Its ARN.
        public let resource: String
        public let number: Int

        public init(resource: String, number: Int) {
            self.resource = resource
            self.number = number
        }
    }

    public init(cluster: ClusterName? = nil, instance: InstanceID? = nil, version: Version? = nil) {
        self.cluster = cluster
        self.instance = instance
        self.version = version
    }
}

extension Drain {
    /// Whether it may have to do with what has changed.
    public func isConcerned(by hint: ChangeHint) -> Bool {
        instance == hint.instance || hint.cluster != nil && location?.cluster == hint.cluster
    }
}
