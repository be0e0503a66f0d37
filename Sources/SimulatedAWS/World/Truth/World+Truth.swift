extension World {
    /// Every service, in order of creation.
    public var serviceTruths: [ServiceTruth] { fatalError() }

    /// Every instance that ever waited for a terminate hook, in order of start.
    public var instanceTruths: [InstanceTruth] { fatalError() }

    /// Every violation there ever was.
    public var violations: [Violation] { fatalError() }

    /// From now on ``ServiceTruth/leastInService`` and ``ServiceTruth/requests`` are counted anew.
    public mutating func markTruth() { fatalError() }

    /// The shell tells of every API call it has received, before it performs it. Counted in ``apiCalls``; those that
    /// end or prolong a lifecycle action are kept in ``lifecycleCalls``.
    ///
    /// - Parameters:
    ///   - service: `autoscaling`, `ecs`, `elasticloadbalancing`, `sns`, `sts`, `ec2`.
    ///   - operation: AWS's name, `DescribeTasks`.
    public mutating func recordCall(service: String, operation: String) { fatalError() }

    /// Calls so far, by `service:Operation`.
    public var apiCalls: [String: Int] { fatalError() }

    /// CompleteLifecycleAction and RecordLifecycleActionHeartbeat, refused ones included, in order.
    public var lifecycleCalls: [APICall] { fatalError() }
}
