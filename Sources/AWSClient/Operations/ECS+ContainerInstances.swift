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

    /// Lists container instances' ARNs, a page a call.
    ///
    /// - Parameters:
    ///   - filter: In the cluster query language: `ec2InstanceId==i-0abc`.
    ///   - status: Only those of this status; nil for all but `INACTIVE` ones.
    /// - Throws: `refused` with the code `ClusterNotFoundException` when there is no such cluster.
    public func listContainerInstances(
        cluster: String, filter: String? = nil, status: String? = nil, page: String? = nil
    ) async throws(AWSError) -> Page<String> {
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
        let input = Input(cluster: cluster, filter: filter, nextToken: page, status: status)
        let output = try await caller.json(.listContainerInstances, input, as: Output.self)
        return Page(items: output.containerInstanceArns, nextToken: output.nextToken)
    }

    /// Describes at most 100 container instances.
    ///
    /// - Throws: `failures` when ECS could not describe one for another reason than that it is missing.
    public func describeContainerInstances(
        cluster: String, _ arns: [String]
    ) async throws(AWSError) -> Described<ContainerInstance> {
        struct Input: Encodable {
            let cluster: String
            let containerInstances: [String]
        }
        let output = try await caller.json(
            .describeContainerInstances, Input(cluster: cluster, containerInstances: arns),
            as: ContainerInstancesOutput.self)
        return try described(.describeContainerInstances, arns, output.containerInstances, output.failures)
    }

    /// Sets at most 10 container instances DRAINING, or ACTIVE again.
    ///
    /// - Returns: by ARN, why some were not changed; the others were.
    public func updateContainerInstancesState(
        cluster: String, _ arns: [String], to state: ContainerInstanceState
    ) async throws(AWSError) -> [String: String] {
        struct Input: Encodable {
            let cluster: String
            let containerInstances: [String]
            let status: String
        }
        let output = try await caller.json(
            .updateContainerInstancesState,
            Input(cluster: cluster, containerInstances: arns, status: state.rawValue),
            as: ContainerInstancesOutput.self)
        let failures = output.failures ?? []
        let anonymous = failures.filter { $0.arn == nil }
        guard anonymous.isEmpty else {
            throw AWSOperation.updateContainerInstancesState.error(.failures(anonymous.map(\.description)))
        }
        return Dictionary(failures.map { ($0.arn ?? "", $0.description) }) { first, _ in first }
    }

    /// Takes a container instance out of its cluster. With force, ECS forgets its tasks: services start others at once,
    /// and the containers run on until they end or their machine does.
    /// Source: ECS API reference, DeregisterContainerInstance.
    public func deregisterContainerInstance(
        cluster: String, _ arn: String, force: Bool
    ) async throws(AWSError) {
        struct Input: Encodable {
            let cluster: String
            let containerInstance: String
            let force: Bool
        }
        struct Output: Decodable {}
        _ = try await caller.json(
            .deregisterContainerInstance, Input(cluster: cluster, containerInstance: arn, force: force),
            as: Output.self)
    }

    private struct ContainerInstancesOutput: Decodable {
        let containerInstances: [ContainerInstance]
        let failures: [Failure]?
    }
}
