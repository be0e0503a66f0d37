extension ECS {
    public struct Cluster: Hashable, Sendable, Decodable {
        public let clusterName: String
        /// Their names, `FARGATE` and `FARGATE_SPOT` among them; nil where AWS does not say.
        public let capacityProviders: [String]?
    }

    public struct CapacityProvider: Hashable, Sendable, Decodable {
        public let name: String
        /// nil for AWS's own.
        public let autoScalingGroupProvider: AutoScalingGroupProvider?

        public struct AutoScalingGroupProvider: Hashable, Sendable, Decodable {
            public let autoScalingGroupArn: String
        }
    }

    /// Describes at most 100 clusters.
    ///
    /// - Throws: `failures` when ECS could not describe one for another reason than that it is missing.
    public func describeClusters(_ names: [String]) async throws(AWSError) -> Described<Cluster> {
        struct Input: Encodable {
            let clusters: [String]
        }
        struct Output: Decodable {
            let clusters: [Cluster]
            let failures: [Failure]?
        }
        let output = try await caller.json(.describeClusters, Input(clusters: names), as: Output.self)
        return try described(.describeClusters, names, output.clusters, output.failures)
    }

    /// Describes at most 100 capacity providers, ten a page, a page a call; none for none. What does not exist is left out.
    /// Source: Amazon ECS API reference, DescribeCapacityProviders.
    public func describeCapacityProviders(
        _ names: [String], page: String? = nil
    ) async throws(AWSError) -> Page<CapacityProvider> {
        if names.isEmpty { return Page(items: [], nextToken: nil) }
        struct Input: Encodable {
            let capacityProviders: [String]
            let nextToken: String?
        }
        struct Output: Decodable {
            let capacityProviders: [CapacityProvider]
            let nextToken: String?
        }
        let input = Input(capacityProviders: names, nextToken: page)
        let output = try await caller.json(.describeCapacityProviders, input, as: Output.self)
        return Page(items: output.capacityProviders, nextToken: output.nextToken)
    }
}
