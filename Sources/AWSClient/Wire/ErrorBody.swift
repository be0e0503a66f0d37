import FoundationEssentials

/// Reads the body of an answer that is no success, of either protocol; what is not AWS's (a proxy's page, nothing)
/// gives the code `HTTP` and the status, such as `HTTP502`.
///
/// It never fails: what is told about an error must not hide the error. `requestID` is in the body only in the Query
/// protocol; the JSON services send it as a header.
func decodeAWSErrorBody(
    _ body: [UInt8], contentType: String?, status: Int
) -> (code: String, message: String, requestID: String?) {
    let unnamed = "HTTP\(status)"
    // The first character is more reliable than the type, which some front ends get wrong.
    let found: ErrorFields? =
        switch body.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
        case UInt8(ascii: "{"): try? JSONDecoder().decode(ErrorFields.self, from: Data(body))
        case UInt8(ascii: "<"): (try? XMLTree(document: body)).flatMap(ErrorFields.init(xml:))
        default: nil
        }
    guard let found else {
        let what = body.isEmpty ? "an empty answer" : "\(body.count) bytes of \(contentType ?? "unknown type")"
        return (unnamed, "\(what) in place of AWS's description of the error", nil)
    }
    return (found.code ?? unnamed, found.message ?? "", found.requestID)
}

private struct ErrorFields: Decodable {
    let code: String?
    let message: String?
    let requestID: String?

    /// `<ErrorResponse><Error><Code>…`, or `<Response><Errors><Error><Code>…` as EC2 has it; nil for anything else,
    /// such as a page of HTML that happens to be XML.
    init?(xml root: XMLTree) {
        guard let error = root.child("Error") ?? root.child("Errors")?.child("Error") else { return nil }
        code = error.text("Code")
        message = error.text("Message")
        requestID = root.text("RequestId") ?? root.text("RequestID")
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        // A field of an unexpected type is as good as none.
        func first(_ keys: Key...) -> String? {
            keys.lazy.compactMap { try? container.decode(String.self, forKey: $0) }.first { !$0.isEmpty }
        }
        code = first(.type, .code, .upperCode).map(Self.bareCode)
        message = first(.message, .upperMessage)
        requestID = nil
    }

    /// `ClientException` from `com.amazonaws.ecs#ClientException:http://…`.
    private static func bareCode(_ type: String) -> String {
        let withoutPrefix = type.split(separator: "#").last.map(String.init) ?? type
        return withoutPrefix.split(separator: ":").first.map(String.init) ?? withoutPrefix
    }

    private enum Key: String, CodingKey {
        case type = "__type"
        case code, message
        case upperCode = "Code"
        case upperMessage = "Message"
    }
}
