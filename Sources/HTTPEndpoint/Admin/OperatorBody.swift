import DrainModel
import FoundationEssentials
import HTTPTypes
import Hummingbird

// What the bodies of an operator's requests say. What is not understood is refused whole: a typo must not become a drain.

/// `{"instanceId": "i-…", "cluster"?: "web", "complete"?: true}`.
struct DrainRequestJSON: Decodable {
    let request: DrainRequest

    init(from decoder: any Decoder) throws {
        let json = try StrictFields(decoder, allowed: ["instanceId", "cluster", "complete"])
        let instance = try json.required(String.self, "instanceId")
        // Source: EC2 API reference: "i-" and 8 or 17 hexadecimal digits.
        guard instance.hasPrefix("i-"), (3...19).contains(instance.utf8.count),
            instance.dropFirst(2).allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { throw BodyMistake("\"\(instance)\" is no EC2 instance id, such as i-0123456789abcdef0") }
        let cluster = try json.optional(String.self, "cluster")
        if cluster?.isEmpty ?? false { throw BodyMistake("\"cluster\" is empty; leave it out for any cluster") }
        request = DrainRequest(
            instance: InstanceID(instance), cluster: cluster.map { ClusterName(ClusterName($0).shortName) },
            completesAction: try json.optional(Bool.self, "complete") ?? false)
    }
}

/// `{"result": "CONTINUE"|"ABANDON"}`.
struct CompletionJSON: Decodable {
    let result: LifecycleActionResult

    init(from decoder: any Decoder) throws {
        let json = try StrictFields(decoder, allowed: ["result"])
        let word = try json.required(String.self, "result")
        guard let result = LifecycleActionResult(rawValue: word) else {
            throw BodyMistake("\"result\" is \"\(word)\"; allowed: CONTINUE, ABANDON")
        }
        self.result = result
    }
}

/// What is wrong with a body, in words for people.
private struct BodyMistake: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

/// The fields of a JSON object of which only some are allowed.
private struct StrictFields {
    private let json: KeyedDecodingContainer<Key>

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    init(_ decoder: any Decoder, allowed: [String]) throws {
        guard let json = try? decoder.container(keyedBy: Key.self) else { throw BodyMistake("not a JSON object") }
        if let stranger = json.allKeys.map(\.stringValue).sorted().first(where: { !allowed.contains($0) }) {
            throw BodyMistake("\"\(stranger)\" is no field of this request; known: \(allowed.joined(separator: ", "))")
        }
        self.json = json
    }

    func required<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        guard let value = try optional(type, name) else { throw BodyMistake("\"\(name)\" is missing") }
        return value
    }

    func optional<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value? {
        do {
            return try json.decodeIfPresent(type, forKey: Key(stringValue: name))
        } catch {
            throw BodyMistake("\"\(name)\" is no \(type == Bool.self ? "true or false" : "text")")
        }
    }
}

extension Request {
    /// The most that an operator has to say.
    private static let longestBody = 16 << 10

    /// - Throws: ``EndpointError`` with what is wrong, and `example` as the hint.
    func decoded<Body: Decodable>(_ type: Body.Type, example: String) async throws -> Body {
        var bytes: [UInt8] = []
        for try await part in body {
            bytes += Array(buffer: part)
            guard bytes.count <= Self.longestBody else {
                throw EndpointError(
                    status: .contentTooLarge, code: "too-large", message: "the body is over \(Self.longestBody) bytes",
                    hint: "Such as: \(example)")
            }
        }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            let message = (error as? BodyMistake)?.message ?? "the body is not JSON"
            throw EndpointError.badRequest("bad-body", message, hint: "Such as: \(example)")
        }
    }
}
