extension DynamoDB {
    /// A value of an attribute. DynamoDB has more types than these; attributes of those are left out where items are
    /// read.
    public enum AttributeValue: Hashable, Sendable {
        case string(String)
        /// As DynamoDB writes it, in decimal digits.
        case number(String)

        public static func integer(_ value: Int64) -> Self { .number(String(value)) }

        public var string: String? { if case .string(let value) = self { value } else { nil } }
        public var integer: Int64? { if case .number(let digits) = self { Int64(digits) } else { nil } }
    }

    /// Attributes by their names. A key is one, too.
    public typealias Item = [String: AttributeValue]

    /// A condition, a filter or an update: attributes are written `#name`, because AWS reserves many words, and values
    /// `:name`.
    public struct Expression: Hashable, Sendable {
        public let text: String
        public let values: Item

        public init(_ text: String, _ values: Item = [:]) {
            self.text = text
            self.values = values
        }

        var attributes: [String] { text.matches(of: /#([A-Za-z]+)/).map { String($0.output.1) } }
    }
}

extension DynamoDB.AttributeValue {
    var json: JSONValue {
        switch self {
        case .string(let value): .object(["S": .string(value)])
        case .number(let digits): .object(["N": .string(digits)])
        }
    }
}

extension JSONValue {
    static func item(_ item: DynamoDB.Item) -> Self { .object(item.mapValues(\.json)) }
}

extension [String: JSONValue] {
    /// Adds an expression as AWS wants it: its names and values beside it, with those of the others.
    mutating func set(_ field: String, _ expression: DynamoDB.Expression?) {
        guard let expression else { return }
        self[field] = .string(expression.text)
        for name in expression.attributes { add(.string(name), as: "#\(name)", to: "ExpressionAttributeNames") }
        for (name, value) in expression.values { add(value.json, as: name, to: "ExpressionAttributeValues") }
    }

    private mutating func add(_ value: JSONValue, as name: String, to field: String) {
        var entries: [String: JSONValue] = if case .object(let known) = self[field] { known } else { [:] }
        entries[name] = value
        self[field] = .object(entries)
    }
}

/// An item as DynamoDB sends it.
struct ReceivedItem: Decodable {
    let item: DynamoDB.Item

    init(from decoder: any Decoder) throws {
        item = try [String: ReceivedValue](from: decoder).compactMapValues(\.value)
    }

    private struct ReceivedValue: Decodable {
        let value: DynamoDB.AttributeValue?

        private enum Key: String, CodingKey {
            case string = "S"
            case number = "N"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            let string = try container.decodeIfPresent(String.self, forKey: .string)
            let number = try container.decodeIfPresent(String.self, forKey: .number)
            value = string.map { .string($0) } ?? number.map { .number($0) }
        }
    }
}
