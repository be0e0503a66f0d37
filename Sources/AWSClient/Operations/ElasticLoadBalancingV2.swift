/// Elastic Load Balancing (application, network and gateway load balancers), API version 2015-12-01.
public struct ElasticLoadBalancingV2: Sendable {
    private let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    public struct TargetHealth: Hashable, Sendable {
        /// An instance id, or an IP address in target groups of type `ip`.
        public let id: String
        /// nil for what has no port, such as a Lambda function.
        public let port: Int?
        /// AWS's word: `initial`, `healthy`, `unhealthy`, `unhealthy.draining`, `unused`, `draining`, `unavailable`;
        /// new ones come up.
        public let state: String
        /// AWS's code for why it is not healthy: `Target.DeregistrationInProgress`, …
        public let reason: String?
    }

    /// Describes the health of every target of a group, those on their way out included.
    ///
    /// - Throws: `refused` with the code `TargetGroupNotFound` when there is no such group.
    public func describeTargetHealth(targetGroupARN: String) async throws(AWSError) -> [TargetHealth] {
        var form = QueryForm()
        form.set("TargetGroupArn", targetGroupARN)
        return try await caller.query(.describeTargetHealth, form) { (result) throws(UnreadableBody) in
            try Page(result, list: "TargetHealthDescriptions", item: TargetHealth.init).items
        }
    }
}

extension ElasticLoadBalancingV2.TargetHealth {
    init(_ member: XMLTree) throws(UnreadableBody) {
        let target = try member.required("Target")
        let health = try member.required("TargetHealth")
        id = try target.requiredText("Id")
        port = try target.integer("Port")
        state = try health.requiredText("State")
        reason = health.text("Reason")
    }
}
