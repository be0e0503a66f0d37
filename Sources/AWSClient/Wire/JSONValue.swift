/// A JSON value to be sent, where an operation's input depends on more than what a type can say.
indirect enum JSONValue: Hashable, Sendable, Encodable {
    case string(String)
    case integer(Int)
    case bool(Bool)
    case list([Self])
    case object([String: Self])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
