import FoundationEssentials
import Testing

@testable import AWSClient

/// AWS's own signing test suite: request in, canonical request, string to sign and signature out.
@Suite("A signature is AWS's own", .enabled(if: SigV4Vector.isAvailable, "the shared vectors are not here"))
struct SigV4VectorTests {
    @Test("for every normalised case of the signing test suite", arguments: SigV4Vector.normalised)
    func matches(vector: SigV4Vector) throws {
        let (signer, request) = try vector.load()
        var dated = request
        dated.headers.append(("X-Amz-Date", signer.date.timestamp))
        if let token = signer.credentials.sessionToken { dated.headers.append(("X-Amz-Security-Token", token)) }
        #expect(signer.canonicalRequest(dated) == vector.expected("header-canonical-request.txt"))
        #expect(signer.stringToSign(dated) == vector.expected("header-string-to-sign.txt"))
        let authorization = signer.headers(for: request).last?.value ?? ""
        #expect(authorization.hasSuffix("Signature=\(vector.expected("header-signature.txt"))"))
    }

    @Test("and the suite is not empty")
    func found() {
        print("SigV4: \(SigV4Vector.normalised.count) normalised cases checked")
        #expect(SigV4Vector.normalised.count >= 18)
    }
}

struct SigV4Vector: CustomTestStringConvertible {
    let name: String

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "../shared/vectors/sigv4").standardized
    static let isAvailable = FileManager.default.fileExists(atPath: folder.path)

    /// The others are signed as only S3 is: paths taken literally, the body's hash in a header of its own.
    static let normalised: [SigV4Vector] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map(SigV4Vector.init).filter { vector in
            guard let context = try? vector.context() else { return false }
            return context.normalize && !context.signBody
        }
    }()

    var testDescription: String { name }

    private struct Context: Decodable {
        struct Credentials: Decodable {
            let id: String
            let secret: String
            let token: String?

            enum CodingKeys: String, CodingKey {
                case id = "access_key_id"
                case secret = "secret_access_key"
                case token
            }
        }
        enum CodingKeys: String, CodingKey {
            case credentials, normalize, region, service, timestamp
            case signBody = "sign_body"
        }
        let credentials: Credentials
        let normalize: Bool
        let signBody: Bool
        let region: String
        let service: String
        let timestamp: Date
    }

    private func context() throws -> Context {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(Context.self, from: Data(contentsOf: file("context.json")))
    }

    private func file(_ part: String) -> URL { Self.folder.appending(path: "\(name)/\(part)") }

    func expected(_ part: String) -> String {
        guard let data = try? Data(contentsOf: file(part)) else { return "no \(part)" }
        return String(decoding: data, as: UTF8.self).replacing("\r\n", with: "\n")
    }

    func load() throws -> (SigV4, SigV4.Request) {
        let context = try context()
        let text = expected("request.txt")
        let halves = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = try #require(halves.first).split(separator: "\n")
        // "GET /with spaces?query HTTP/1.1"
        let line = try #require(lines.first)
        let method = line.prefix { $0 != " " }
        let target = line.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count)
        let path = target.prefix { $0 != "?" }
        var headers: [(name: String, value: String)] = []
        for line in lines.dropFirst() {
            if line.first == " " {
                headers[headers.count - 1].value += "\n" + line
            } else {
                let colon = try #require(line.firstIndex(of: ":"))
                headers.append((String(line[..<colon]), String(line[colon...].dropFirst())))
            }
        }
        let signer = SigV4(
            credentials: AWSCredentials(
                accessKeyID: context.credentials.id, secretAccessKey: context.credentials.secret,
                sessionToken: context.credentials.token),
            region: context.region, service: context.service, date: SigningDate(context.timestamp))
        return (
            signer,
            SigV4.Request(
                method: String(method), path: String(path), query: String(target.dropFirst(path.count + 1)),
                headers: headers, body: halves.count > 1 ? Array(halves[1].utf8) : [])
        )
    }
}
