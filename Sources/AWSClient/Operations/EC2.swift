/// Amazon EC2, API version 2016-11-15.
public struct EC2: Sendable {
    private let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    public struct Instance: Hashable, Sendable {
        public let id: String
        /// `pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`.
        public let state: String
    }

    /// Describes instances, at most 200 a call, a page a call; none for none. One that EC2 does not know is missing from
    /// the answer, without an error.
    ///
    /// By a filter, since one unknown id among `InstanceId.N` would have the call refused (InvalidInstanceID.NotFound),
    /// and since EC2 takes filtered calls from a larger bucket.
    /// Source: Amazon EC2 developer guide, "Request throttling for the Amazon EC2 API".
    public func describeInstances(_ ids: [String], page: String? = nil) async throws(AWSError) -> Page<Instance> {
        if ids.isEmpty { return Page(items: [], nextToken: nil) }
        var form = QueryForm()
        form.set(filter: 1, "instance-id", values: ids)
        form.set("NextToken", page)
        return try await caller.ec2Query(.describeInstances, form) { (response) throws(UnreadableBody) in
            var instances: [Instance] = []
            for reservation in try response.items("reservationSet") {
                for instance in try reservation.items("instancesSet") { instances.append(try Instance(instance)) }
            }
            return Page(items: instances, nextToken: response.text("nextToken"))
        }
    }
}

extension EC2.Instance {
    init(_ item: XMLTree) throws(UnreadableBody) {
        id = try item.requiredText("instanceId")
        state = try item.required("instanceState").requiredText("name")
    }
}
