extension DynamoDB {
    public struct Table: Hashable, Sendable {
        /// AWS's word: `CREATING`, `UPDATING`, `ACTIVE`, …
        public let status: String
        /// The partition key, and the sort key if there is one.
        public let keys: [Key]

        public struct Key: Hashable, Sendable {
            public let name: String
            /// `HASH` for the partition key, `RANGE` for the sort key.
            public let role: String
            /// `S`, `N` or `B`.
            public let type: String

            public init(name: String, role: String, type: String) {
                self.name = name
                self.role = role
                self.type = type
            }
        }
    }

    /// Which attribute says when an item may be deleted, in seconds since 1970.
    public struct TimeToLive: Hashable, Sendable {
        /// AWS's word: `ENABLING`, `ENABLED`, `DISABLING` or `DISABLED`.
        public let status: String
        public let attribute: String?
    }

    /// Begins to create a table that is billed by request. It can be used once it is `ACTIVE`.
    ///
    /// - Throws: An error with ``AWSError/isTableInUse`` when there is one of that name.
    public func createTable(_ name: String, keys: [Table.Key]) async throws(AWSError) {
        struct Output: Decodable {}
        let input: [String: JSONValue] = [
            "AttributeDefinitions": .list(
                keys.map { .object(["AttributeName": .string($0.name), "AttributeType": .string($0.type)]) }),
            "BillingMode": .string("PAY_PER_REQUEST"),
            "KeySchema": .list(
                keys.map { .object(["AttributeName": .string($0.name), "KeyType": .string($0.role)]) }),
            "TableName": .string(name),
        ]
        _ = try await caller.json(.createTable, input, as: Output.self)
    }

    /// - Throws: An error with ``AWSError/isTableMissing`` when there is none of that name (yet).
    public func describeTable(_ name: String) async throws(AWSError) -> Table {
        let input: [String: JSONValue] = ["TableName": .string(name)]
        return try await caller.json(.describeTable, input, as: TableOutput.self).table.table
    }

    /// Has items deleted, sooner or later, once the moment in their attribute is past.
    public func updateTimeToLive(table: String, attribute: String) async throws(AWSError) {
        struct Output: Decodable {}
        let input: [String: JSONValue] = [
            "TableName": .string(table),
            "TimeToLiveSpecification": .object(["AttributeName": .string(attribute), "Enabled": .bool(true)]),
        ]
        _ = try await caller.json(.updateTimeToLive, input, as: Output.self)
    }

    public func describeTimeToLive(table: String) async throws(AWSError) -> TimeToLive {
        let input: [String: JSONValue] = ["TableName": .string(table)]
        return try await caller.json(.describeTimeToLive, input, as: TimeToLiveOutput.self).description
    }
}

extension AWSError {
    /// Whether there is no such table.
    public var isTableMissing: Bool {
        if case .refused("ResourceNotFoundException", _, _, _) = reason { true } else { false }
    }

    /// Whether there is such a table already, or it is just being changed.
    public var isTableInUse: Bool {
        if case .refused("ResourceInUseException", _, _, _) = reason { true } else { false }
    }
}

private struct TableOutput: Decodable {
    let table: Description

    private enum CodingKeys: String, CodingKey { case table = "Table" }

    struct Description: Decodable {
        let table: DynamoDB.Table

        private enum Key: String, CodingKey {
            case status = "TableStatus"
            case attributes = "AttributeDefinitions"
            case keys = "KeySchema"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            let types = try container.decode([Attribute].self, forKey: .attributes)
            table = DynamoDB.Table(
                status: try container.decode(String.self, forKey: .status),
                keys: try container.decode([KeyAttribute].self, forKey: .keys).map { key in
                    DynamoDB.Table.Key(
                        name: key.name, role: key.role, type: types.first { $0.name == key.name }?.type ?? "unknown")
                })
        }
    }

    private struct Attribute: Decodable {
        let name: String
        let type: String

        private enum CodingKeys: String, CodingKey {
            case name = "AttributeName"
            case type = "AttributeType"
        }
    }

    private struct KeyAttribute: Decodable {
        let name: String
        let role: String

        private enum CodingKeys: String, CodingKey {
            case name = "AttributeName"
            case role = "KeyType"
        }
    }
}

private struct TimeToLiveOutput: Decodable {
    let description: DynamoDB.TimeToLive

    private enum CodingKeys: String, CodingKey { case description = "TimeToLiveDescription" }
}

extension DynamoDB.TimeToLive: Decodable {
    private enum CodingKeys: String, CodingKey {
        case status = "TimeToLiveStatus"
        case attribute = "AttributeName"
    }
}
