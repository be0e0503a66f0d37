import FoundationEssentials
import HTTPTransport

/// The credentials that ECS, EKS and the like serve to a container.
///
/// Source: AWS SDKs and tools reference guide, "Container credential provider". Plain http is trusted only for the
/// addresses that guide lists. The token file is read anew each time, since it is renewed.
struct ContainerCredentials: CredentialProvider {
    let environment: [String: String]
    let http: any HTTPClient
    var read: @Sendable (String) throws -> String = { try String(contentsOfFile: $0, encoding: .utf8) }

    private static let linkLocal = "http://169.254.170.2"
    private static let trustedPlainHosts: Set<String> = [
        "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "::1",
    ]

    func credentials() async throws(CredentialError) -> AWSCredentials? {
        guard let url = try url() else { return nil }
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        if let token = try token() { headers.append(("Authorization", token)) }
        let body = try await http.fetchCredentialText(url, headers: headers, attempts: 3, timeout: .seconds(2))
        return try ServedCredentials.decode(body, from: "the container credentials endpoint")
    }

    private func url() throws(CredentialError) -> String? {
        if let path = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") { return Self.linkLocal + path }
        guard let full = environment.nonEmpty("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
        guard let parsed = URL(string: full), let host = parsed.host(percentEncoded: false) else {
            throw CredentialError("AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL")
        }
        let bare = host.trimmingPrefix("[").prefix { $0 != "]" }
        let isTrusted = Self.trustedPlainHosts.contains(String(bare)) || bare.isLoopbackAddress
        guard parsed.scheme == "https" || (parsed.scheme == "http" && isTrusted) else {
            throw CredentialError("AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http on this machine")
        }
        return full
    }

    private func token() throws(CredentialError) -> String? {
        var token = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if let file = environment.nonEmpty("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            do {
                token = try read(file)
            } catch {
                throw CredentialError("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read: \(file)")
            }
        }
        if let token, token.utf8.contains(where: { $0 == 10 || $0 == 13 }) {
            throw CredentialError("the container authorization token holds a line break")
        }
        return token
    }
}

/// The credentials of the instance's role, by instance metadata version 2 (version 1 is never used).
///
/// Source: EC2 user guide, "Retrieve security credentials from instance metadata".
struct InstanceMetadataCredentials: CredentialProvider {
    let environment: [String: String]
    let http: any HTTPClient

    func credentials() async throws(CredentialError) -> AWSCredentials? {
        if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" { return nil }
        let isIPv6 = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
        let standard = isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        var base = environment.nonEmpty("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? standard
        if base.hasSuffix("/") { base.removeLast() }
        guard let token = try await token(base) else { return nil }
        let headers: [(name: String, value: String)] = [("X-aws-ec2-metadata-token", token)]
        let roles = "\(base)/latest/meta-data/iam/security-credentials/"
        let role = try await http.fetchCredentialText(roles, headers: headers, attempts: 2, timeout: .seconds(1))
        guard let name = role.split(whereSeparator: \.isNewline).first else {
            throw CredentialError("the instance has no role")
        }
        let body = try await http.fetchCredentialText(roles + name, headers: headers, attempts: 2, timeout: .seconds(1))
        return try ServedCredentials.decode(body, from: "instance metadata")
    }

    /// - Returns: nil when nobody is there, which means: not on EC2. Whatever else fails is a fault.
    private func token(_ base: String) async throws(CredentialError) -> String? {
        let request = HTTPRequest(
            method: "PUT", url: "\(base)/latest/api/token",
            headers: [("X-aws-ec2-metadata-token-ttl-seconds", "21600")], timeout: .seconds(1),
            connectTimeout: .seconds(1), maximumResponseBytes: 4096, usesProxy: false)
        var failure: String?
        for _ in 0..<2 {
            do throws(HTTPTransportError) {
                let response = try await http.send(request)
                if response.status == 200 { return String(decoding: response.body, as: UTF8.self) }
                failure = "HTTP \(response.status)"
                if response.status < 500 { break }
            } catch {
                if ![.couldNotConnect, .timedOut].contains(error.reason) { failure = error.detail }
            }
        }
        if let failure { throw CredentialError("no token from instance metadata: \(failure)") }
        return nil
    }
}

/// What both endpoints answer with.
private struct ServedCredentials: Decodable {
    let id: String
    let secret: String
    let token: String?
    let expiration: Date?

    enum CodingKeys: String, CodingKey {
        case id = "AccessKeyId"
        case secret = "SecretAccessKey"
        case token = "Token"
        case expiration = "Expiration"
    }

    static func decode(_ text: String, from source: String) throws(CredentialError) -> AWSCredentials {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let served = try? decoder.decode(Self.self, from: Data(text.utf8)) else {
            throw CredentialError("\(source) answered something that is no credentials")
        }
        return AWSCredentials(
            accessKeyID: served.id, secretAccessKey: served.secret, sessionToken: served.token,
            expiration: served.expiration)
    }
}

extension HTTPClient {
    /// Gets a small text from the machine itself, never through a proxy.
    fileprivate func fetchCredentialText(
        _ url: String, headers: [(name: String, value: String)], attempts: Int, timeout: Duration
    ) async throws(CredentialError) -> String {
        var failure = ""
        for _ in 0..<attempts {
            let request = HTTPRequest(
                method: "GET", url: url, headers: headers, timeout: timeout, connectTimeout: timeout,
                maximumResponseBytes: 64 << 10, usesProxy: false)
            do {
                let response = try await send(request)
                if response.status == 200 { return String(decoding: response.body, as: UTF8.self) }
                failure = "HTTP \(response.status)"
                if response.status < 500 { break }
            } catch {
                failure = error.detail
            }
        }
        throw CredentialError("no credentials from \(url): \(failure)")
    }
}

extension StringProtocol {
    /// Whether it is an IPv4 address of 127.0.0.0/8.
    fileprivate var isLoopbackAddress: Bool {
        let parts = split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
    }
}
