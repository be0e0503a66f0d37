/// Elastic Load Balancing (classic load balancers), API version 2012-06-01.
public struct ElasticLoadBalancing: Sendable {
    private let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    public struct InstanceState: Hashable, Sendable {
        public let instanceID: String
        /// `InService`, `OutOfService` or `Unknown`.
        public let state: String
        /// "Instance deregistration currently in progress." while its connections drain; its state is `InService` then.
        public let description: String?
    }

    /// Describes the instances that are registered with a load balancer.
    ///
    /// - Throws: `refused` with the code `LoadBalancerNotFound` when there is none of that name.
    public func describeInstanceHealth(loadBalancer: String) async throws(AWSError) -> [InstanceState] {
        var form = QueryForm()
        form.set("LoadBalancerName", loadBalancer)
        return try await caller.query(.describeInstanceHealth, form) { (result) throws(UnreadableBody) in
            try Page(result, list: "InstanceStates") { (member) throws(UnreadableBody) in
                InstanceState(
                    instanceID: try member.requiredText("InstanceId"), state: try member.requiredText("State"),
                    description: member.text("Description"))
            }.items
        }
    }
}
