import FoundationEssentials

/// The bodies of AWS's JSON protocols: names as in AWS's model, moments as seconds since 1970.
enum JSONBody {
    /// Keys are sorted, so that equal requests have equal bytes.
    static func encode(_ input: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(input))
        } catch {
            // Inputs are ours: strings, whole numbers and lists of them, none of which can fail.
            preconditionFailure("\(type(of: input)) does not encode: \(error)")
        }
    }

    /// Reads an answer; fields that the type does not know are passed over.
    static func decode<Output: Decodable>(
        _ body: [UInt8], as _: Output.Type = Output.self
    ) throws(UnreadableBody) -> Output {
        do {
            return try JSONDecoder().decode(Output.self, from: Data(body))
        } catch let error as DecodingError {
            throw UnreadableBody(describe(error))
        } catch {
            throw UnreadableBody("not JSON")
        }
    }

    /// The place and what is wrong there, but never the value: answers may hold what must not be logged.
    private static func describe(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "no \(key.stringValue) in \(path(context))"
        case .valueNotFound(_, let context): "null at \(path(context))"
        case .typeMismatch(let type, let context): "no \(type) at \(path(context))"
        case .dataCorrupted(let context): context.codingPath.isEmpty ? "not JSON" : "no sense at \(path(context))"
        @unknown default: "not JSON of the expected shape"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.isEmpty ? "the body" : context.codingPath.map(\.stringValue).joined(separator: ".")
    }
}
