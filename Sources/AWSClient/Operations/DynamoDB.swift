/// Amazon DynamoDB, API version 2012-08-10: what it takes to keep records in one table.
public struct DynamoDB: Sendable {
    let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    /// What to read of one partition, in the order of the sort key.
    public struct Query: Hashable, Sendable {
        /// On the keys: `#pk = :pk AND begins_with(#sk, :prefix)`.
        public let keyCondition: Expression
        /// Which of the items found there are answered.
        public var filter: Expression?
        public var isDescending = false
        /// The most items that are looked at for a page, whether the filter lets them through or not; nil: 1 MB of them.
        public var limit: Int?

        public init(
            _ keyCondition: Expression, filter: Expression? = nil, isDescending: Bool = false, limit: Int? = nil
        ) {
            self.keyCondition = keyCondition
            self.filter = filter
            self.isDescending = isDescending
            self.limit = limit
        }
    }

    public struct QueryPage: Hashable, Sendable {
        public let items: [Item]
        /// Where the next page begins; nil on the last. A page may be empty and not the last.
        public let lastKey: Item?
    }

    /// Reads an item, strongly consistent: every write that was answered before is seen.
    public func getItem(table: String, key: Item) async throws(AWSError) -> Item? {
        struct Output: Decodable {
            let item: ReceivedItem?

            private enum CodingKeys: String, CodingKey { case item = "Item" }
        }
        let input: [String: JSONValue] = [
            "ConsistentRead": .bool(true), "Key": .item(key), "TableName": .string(table),
        ]
        return try await caller.json(.getItem, input, as: Output.self).item?.item
    }

    /// Reads a page of a partition, strongly consistent.
    ///
    /// - Parameter after: the last page's ``QueryPage/lastKey``.
    public func query(table: String, _ query: Query, after: Item? = nil) async throws(AWSError) -> QueryPage {
        struct Output: Decodable {
            let items: [ReceivedItem]
            let lastKey: ReceivedItem?

            private enum CodingKeys: String, CodingKey {
                case items = "Items"
                case lastKey = "LastEvaluatedKey"
            }
        }
        var input: [String: JSONValue] = ["ConsistentRead": .bool(true), "TableName": .string(table)]
        input.set("KeyConditionExpression", query.keyCondition)
        input.set("FilterExpression", query.filter)
        if query.isDescending { input["ScanIndexForward"] = .bool(false) }
        input["Limit"] = query.limit.map { .integer($0) }
        input["ExclusiveStartKey"] = after.map { .item($0) }
        let output = try await caller.json(.query, input, as: Output.self)
        let lastKey = output.lastKey?.item
        return QueryPage(items: output.items.map(\.item), lastKey: lastKey?.isEmpty == true ? nil : lastKey)
    }
}
