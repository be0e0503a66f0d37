extension DynamoDB {
    /// One of the writes of a transaction. Each is of another item.
    public enum Write: Hashable, Sendable {
        case put(Item, condition: Expression? = nil)
        case update(key: Item, Expression, condition: Expression? = nil)
        case delete(key: Item, condition: Expression? = nil)
        case conditionCheck(key: Item, condition: Expression)
    }

    /// The most writes of one transaction.
    /// Source: DynamoDB API reference, TransactWriteItems.
    public enum TransactionLimit {
        public static let writes = 100
    }

    /// Why one write did not take place, and with it none of its transaction.
    public struct CancellationReason: Hashable, Sendable, Decodable {
        /// AWS's word: `None` for a write that would have passed, `ConditionalCheckFailed`, `TransactionConflict`, …
        public let code: String
        public let message: String?

        public var isConditionalCheckFailed: Bool { code == "ConditionalCheckFailed" }
        /// Whether another write was at the same item at this moment.
        public var isConflict: Bool { code == "TransactionConflict" }
        /// Source of the codes: DynamoDB API reference, TransactWriteItems, "Errors".
        public var isThrottling: Bool { code == "ThrottlingError" || code == "ProvisionedThroughputExceeded" }

        private enum CodingKeys: String, CodingKey {
            case code = "Code"
            case message = "Message"
        }
    }

    /// Updates an item, or makes it, outside of any transaction.
    ///
    /// - Returns: the item as it is now.
    /// - Throws: An error with ``AWSError/isConditionalCheckFailed`` when the condition does not hold.
    public func updateItem(
        table: String, key: Item, _ update: Expression, condition: Expression? = nil
    ) async throws(AWSError) -> Item {
        struct Output: Decodable {
            let attributes: ReceivedItem

            private enum CodingKeys: String, CodingKey { case attributes = "Attributes" }
        }
        var input: [String: JSONValue] = [
            "Key": .item(key), "ReturnValues": .string("ALL_NEW"), "TableName": .string(table),
        ]
        input.set("UpdateExpression", update)
        input.set("ConditionExpression", condition)
        return try await caller.json(.updateItem, input, as: Output.self).attributes.item
    }

    /// Carries out all writes or none.
    ///
    /// - Parameter token: at most 36 characters, another for each transaction: DynamoDB carries out only once what it
    ///   receives within ten minutes under one token, and answers alike.
    /// - Throws: An error with ``AWSError/cancellationReasons`` when one of them cannot be carried out.
    public func transactWriteItems(table: String, _ writes: [Write], token: String) async throws(AWSError) {
        struct Output: Decodable {}
        let input: [String: JSONValue] = [
            "ClientRequestToken": .string(token), "TransactItems": .list(writes.map { $0.json(table: table) }),
        ]
        _ = try await caller.json(.transactWriteItems, input, as: Output.self)
    }
}

extension DynamoDB.Write {
    fileprivate func json(table: String) -> JSONValue {
        var input: [String: JSONValue] = ["TableName": .string(table)]
        let operation: String
        switch self {
        case .put(let item, let condition):
            operation = "Put"
            input["Item"] = .item(item)
            input.set("ConditionExpression", condition)
        case .update(let key, let update, let condition):
            operation = "Update"
            input["Key"] = .item(key)
            input.set("UpdateExpression", update)
            input.set("ConditionExpression", condition)
        case .delete(let key, let condition):
            operation = "Delete"
            input["Key"] = .item(key)
            input.set("ConditionExpression", condition)
        case .conditionCheck(let key, let condition):
            operation = "ConditionCheck"
            input["Key"] = .item(key)
            input.set("ConditionExpression", condition)
        }
        return .object([operation: .object(input)])
    }
}

extension AWSError {
    /// Why DynamoDB cancelled a transaction: a reason for each of its writes, in their order. nil for any other error.
    public var cancellationReasons: [DynamoDB.CancellationReason]? {
        struct Cancellation: Decodable {
            let reasons: [DynamoDB.CancellationReason]

            private enum CodingKeys: String, CodingKey { case reasons = "CancellationReasons" }
        }
        guard case .refused("TransactionCanceledException", _, _, _) = reason else { return nil }
        return (try? JSONBody.decode(body, as: Cancellation.self))?.reasons
    }

    /// Whether the condition of a single write did not hold.
    public var isConditionalCheckFailed: Bool {
        if case .refused("ConditionalCheckFailedException", _, _, _) = reason { true } else { false }
    }

    /// Whether a single write met a transaction at the same item: it was not carried out, and may be tried again.
    public var isTransactionConflict: Bool {
        if case .refused("TransactionConflictException", _, _, _) = reason { true } else { false }
    }
}
