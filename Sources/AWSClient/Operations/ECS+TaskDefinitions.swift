extension ECS {
    public struct TaskDefinition: Hashable, Sendable, Decodable {
        public let taskDefinitionArn: String
        public let family: String
        public let containerDefinitions: [ContainerDefinition]
    }

    public struct ContainerDefinition: Hashable, Sendable {
        public let name: String
        /// Whether the task stops with it; so unless the definition says otherwise.
        public let essential: Bool
        /// Whether ECS checks its health. A HEALTHCHECK of the image does not count.
        public let hasHealthCheck: Bool
    }

    /// Describes a task definition, which never changes, by ARN or `family:revision`.
    ///
    /// - Throws: `refused` with the code `ClientException` when there is none.
    public func describeTaskDefinition(_ arn: String) async throws(AWSError) -> TaskDefinition {
        struct Input: Encodable {
            let taskDefinition: String
        }
        struct Output: Decodable {
            let taskDefinition: TaskDefinition
        }
        return try await caller.json(.describeTaskDefinition, Input(taskDefinition: arn), as: Output.self)
            .taskDefinition
    }
}

extension ECS.ContainerDefinition: Decodable {
    private enum Key: String, CodingKey {
        case name, essential, healthCheck
    }

    private struct HealthCheck: Decodable {}

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        essential = try container.decodeIfPresent(Bool.self, forKey: .essential) ?? true
        hasHealthCheck = try container.decodeIfPresent(HealthCheck.self, forKey: .healthCheck) != nil
    }
}
