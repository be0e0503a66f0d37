extension ECS {
    public struct ContainerInstance: Hashable, Sendable, Decodable {
        public let containerInstanceArn: String
        /// `mi-…` for a machine outside EC2.
        public let ec2InstanceId: String?
        /// `ACTIVE`, `DRAINING`, `INACTIVE`, `REGISTERING`, …
        public let status: String
        public let agentConnected: Bool
        /// Tasks whose *desired* status is RUNNING: zero while the last ones are still stopping.
        public let runningTasksCount: Int
        /// Tasks on their way up; those on their way down are counted nowhere.
        public let pendingTasksCount: Int
    }

    /// The statuses that a container instance can be set to.
    public enum ContainerInstanceState: String, Hashable, Sendable {
        case active = "ACTIVE"
        case draining = "DRAINING"
    }

    /// Lists container instances' ARNs.
    ///
    /// - Parameters:
    ///   - filter: In the cluster query language: `ec2InstanceId==i-0abc`.
    ///   - status: Only those of this status; nil for all but `INACTIVE` ones.
    /// - Throws: `refused` with the code `ClusterNotFoundException` when there is no such cluster.
    public func listContainerInstances(
        cluster: String, filter: String? = nil, status: String? = nil
    ) async throws(AWSError) -> [String] {
        struct Input: Encodable {
            let cluster: String
            let filter: String?
            let nextToken: String?
            let status: String?
        }
        struct Output: Decodable {
            let containerInstanceArns: [String]
            let nextToken: String?
        }
        return try await AWSOperation.listContainerInstances.everyPage { (token) async throws(AWSError) in
            let input = Input(cluster: cluster, filter: filter, nextToken: token, status: status)
            let output = try await caller.json(.listContainerInstances, input, as: Output.self)
            return Page(items: output.containerInstanceArns, nextToken: output.nextToken)
        }
    }

    /// Describes container instances, 100 a call.
    ///
    /// - Throws: `failures` when ECS could not describe one for another reason than that it is missing.
    public func describeContainerInstances(
        cluster: String, _ arns: [String]
    ) async throws(AWSError) -> Described<ContainerInstance> {
        struct Input: Encodable {
            let cluster: String
            let containerInstances: [String]
        }
        return try await describe(.describeContainerInstances, arns, batchSize: 100) { (batch) async throws(AWSError) in
            let output = try await caller.json(
                .describeContainerInstances, Input(cluster: cluster, containerInstances: batch),
                as: ContainerInstancesOutput.self)
            return (output.containerInstances, output.failures ?? [])
        }
    }

    /// Sets container instances DRAINING, or ACTIVE again, 10 a call, and gives them as they are now.
    ///
    /// - Throws: `failures`, after all batches, naming each instance that was not changed; the others were. An error
    ///   of a call ends it at once, with the batches before it changed.
    @discardableResult
    public func updateContainerInstancesState(
        cluster: String, _ arns: [String], to state: ContainerInstanceState
    ) async throws(AWSError) -> [ContainerInstance] {
        struct Input: Encodable {
            let cluster: String
            let containerInstances: [String]
            let status: String
        }
        var updated: [ContainerInstance] = []
        var failures: [Failure] = []
        for batch in arns.batches(of: 10) {
            let output = try await caller.json(
                .updateContainerInstancesState,
                Input(cluster: cluster, containerInstances: batch, status: state.rawValue),
                as: ContainerInstancesOutput.self)
            updated += output.containerInstances
            failures += output.failures ?? []
        }
        guard failures.isEmpty else {
            throw AWSOperation.updateContainerInstancesState.error(.failures(failures.map(\.description)))
        }
        return updated
    }

    private struct ContainerInstancesOutput: Decodable {
        let containerInstances: [ContainerInstance]
        let failures: [Failure]?
    }
}
