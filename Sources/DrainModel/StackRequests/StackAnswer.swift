/// What CloudFormation is told of a request, to the byte: it is recorded before it is sent, so that every try sends the
/// same.
public struct StackAnswer: Hashable, Sendable, Codable {
    public let isSuccess: Bool
    /// Why it failed; of a success, what is worth a word in the log.
    public let reason: String
    /// A JSON object of at most ``limit`` bytes.
    public let body: String

    /// In bytes.
    /// Source: CloudFormation user guide, "Custom resource response objects".
    public static let limit = 4096

    /// - Parameters:
    ///   - physicalID: the resource that there is now.
    ///   - data: what the template may ask for by `Fn::GetAtt`.
    init(
        to request: StackRequest, isSuccess: Bool, reason: String, physicalID: String, data: [(String, String)] = []
    ) {
        self.isSuccess = isSuccess
        self.reason = reason
        var fields = [
            ("PhysicalResourceId", physicalID), ("StackId", request.stackID), ("RequestId", request.requestID),
            ("LogicalResourceId", request.logicalResourceID),
        ].map { "\(Self.quoted($0)):\(Self.quoted($1))" }
        if !data.isEmpty {
            let members = data.map { "\(Self.quoted($0)):\(Self.quoted($1))" }
            fields.append("\"Data\":{\(members.joined(separator: ","))}")
        }
        let status = isSuccess ? "SUCCESS" : "FAILED"
        let head = "{\"Status\":\"\(status)\","
        let tail = "\(fields.joined(separator: ","))}"
        let frame = "\"Reason\":,"
        let room = Self.limit - (head + tail + frame).utf8.count
        body = isSuccess ? head + tail : "\(head)\"Reason\":\(Self.quoted(reason, upTo: room)),\(tail)"
    }

    /// A text as JSON has it, cut where it would be longer than so many bytes.
    private static func quoted(_ text: String, upTo limit: Int = .max) -> String {
        let ellipsis = "…"
        var (whole, cut) = ("\"", "\"")
        for scalar in text.unicodeScalars {
            whole += escaped(scalar)
            if whole.utf8.count + ellipsis.utf8.count + 1 <= limit { cut = whole }
        }
        return whole.utf8.count + 1 <= limit ? whole + "\"" : cut + ellipsis + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: return String(Character(scalar))
        }
    }
}
