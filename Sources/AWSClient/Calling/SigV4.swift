/// AWS Signature Version 4 in the Authorization header: a pure function of request, credentials, scope and time.
///
/// Source: AWS IAM user guide, "Create a signed AWS API request". Checked against AWS's published signing test suite.
struct SigV4: Sendable {
    let credentials: AWSCredentials
    let region: String
    /// The signing name: `elasticloadbalancing`, not `elbv2`.
    let service: String
    /// `YYYYMMDDTHHMMSSZ`.
    let date: SigningDate

    /// What is signed. Header names may be in any case; `path` and `query` are as they will be sent.
    struct Request: Sendable {
        var method: String
        var path: String
        var query: String
        var headers: [(name: String, value: String)]
        var body: [UInt8]
    }

    /// The headers to add to the request, Authorization last.
    func headers(for request: Request) -> [(name: String, value: String)] {
        var request = request
        var added: [(name: String, value: String)] = [("X-Amz-Date", date.timestamp)]
        if let token = credentials.sessionToken { added.append(("X-Amz-Security-Token", token)) }
        request.headers += added
        let signed = Self.canonicalHeaders(request.headers)
        let names = signed.map(\.name).joined(separator: ";")
        let signature = Digest.hex(Digest.hmacSHA256(Array(stringToSign(request).utf8), key: signingKey))
        let value =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
        return added + [("Authorization", value)]
    }

    func canonicalRequest(_ request: Request) -> String {
        let headers = Self.canonicalHeaders(request.headers)
        return [
            request.method,
            Self.canonicalPath(request.path),
            Self.canonicalQuery(request.query),
            headers.map { "\($0.name):\($0.value)\n" }.joined(),
            headers.map(\.name).joined(separator: ";"),
            Digest.hex(Digest.sha256(request.body)),
        ].joined(separator: "\n")
    }

    func stringToSign(_ request: Request) -> String {
        let hash = Digest.hex(Digest.sha256(Array(canonicalRequest(request).utf8)))
        return "AWS4-HMAC-SHA256\n\(date.timestamp)\n\(scope)\n\(hash)"
    }

    private var scope: String { "\(date.day)/\(region)/\(service)/aws4_request" }

    private var signingKey: [UInt8] {
        var key = Array("AWS4\(credentials.secretAccessKey)".utf8)
        for part in [date.day, region, service, "aws4_request"] {
            key = Digest.hmacSHA256(Array(part.utf8), key: key)
        }
        return key
    }

    // MARK: Canonical forms

    /// Names in lower case and sorted, values of equal names joined by commas, runs of spaces folded into one.
    private static func canonicalHeaders(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)]
    {
        var values: [String: [String]] = [:]
        for (name, value) in headers { values[name.lowercased(), default: []].append(folded(value)) }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: ",")) }
    }

    private static func folded(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r\n" }).joined(separator: " ")
    }

    /// Without `.`, `..` and empty segments, each segment percent-encoded once more (every service but S3).
    private static func canonicalPath(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            switch segment {
            case ".": continue
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
        let joined = "/" + segments.map { percentEncoded(String($0)) }.joined(separator: "/")
        return path.hasSuffix("/") && joined != "/" ? joined + "/" : joined
    }

    private static func canonicalQuery(_ query: String) -> String {
        var pairs: [(name: String, value: String)] = []
        for pair in query.split(separator: "&") {
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            pairs.append((reencoded(String(pair[..<equals])), reencoded(String(pair[equals...].dropFirst()))))
        }
        pairs.sort { ($0.name, $0.value) < ($1.name, $1.value) }
        return pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// Percent-encodes what is not, and leaves what is.
    private static func reencoded(_ text: String) -> String {
        percentEncoded(percentDecoded(text))
    }

    private static func percentDecoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func percentEncoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                encoded.append(byte)
            default: encoded += Array("%\(Digest.hex([byte]).uppercased())".utf8)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
