import FoundationEssentials
import HTTPTransport

/// The credentials of the role that a token of somebody else's stands for: a service account's of EKS, for one.
///
/// `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`, `AWS_ROLE_SESSION_NAME`. The token is its own proof, so the call is not
/// signed; its file is read anew each time, since it is renewed. Source: AWS STS API reference,
/// "AssumeRoleWithWebIdentity".
struct WebIdentityCredentials: CredentialProvider {
    let environment: [String: String]
    let endpoint: Endpoint
    let http: any HTTPClient
    var read: @Sendable (String) throws -> String = { try String(contentsOfFile: $0, encoding: .utf8) }

    func credentials() async throws(CredentialError) -> AWSCredentials? {
        guard let file = environment.nonEmpty("AWS_WEB_IDENTITY_TOKEN_FILE") else { return nil }
        guard let role = environment.nonEmpty("AWS_ROLE_ARN") else {
            throw CredentialError("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not")
        }
        guard let token = try? read(file) else {
            throw CredentialError("AWS_WEB_IDENTITY_TOKEN_FILE cannot be read: \(file)")
        }
        var form = QueryForm()
        form.set("RoleArn", role)
        form.set("RoleSessionName", environment.nonEmpty("AWS_ROLE_SESSION_NAME") ?? "draind")
        form.set("WebIdentityToken", token)
        return try await assume(form.body(action: "AssumeRoleWithWebIdentity", version: "2011-06-15"))
    }

    private func assume(_ body: [UInt8]) async throws(CredentialError) -> AWSCredentials {
        let request = HTTPRequest(
            method: "POST", url: endpoint.url + "/",
            headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")], body: body,
            timeout: .seconds(5), maximumResponseBytes: 64 << 10)
        var failure = ""
        for _ in 0..<3 {
            let response: HTTPResponse
            do throws(HTTPTransportError) {
                response = try await http.send(request)
            } catch {
                failure = error.detail
                continue
            }
            if response.status == 200 { return try Self.read(response.body) }
            let (code, message, _) = decodeAWSErrorBody(
                response.body, contentType: response.header("Content-Type"), status: response.status)
            failure = "\(code): \(message)"
            // STS could not reach whoever signed the token: the one refusal that passes by itself.
            guard response.status >= 500 || code == "IDPCommunicationError" else { break }
        }
        throw CredentialError("AssumeRoleWithWebIdentity: \(failure)")
    }

    private static func read(_ body: [UInt8]) throws(CredentialError) -> AWSCredentials {
        do throws(UnreadableBody) {
            let served = try XMLTree(document: body).required("AssumeRoleWithWebIdentityResult").required("Credentials")
            guard let expiration = try? Date(served.requiredText("Expiration"), strategy: .iso8601) else {
                throw UnreadableBody("<Expiration> is no time")
            }
            return AWSCredentials(
                accessKeyID: try served.requiredText("AccessKeyId"),
                secretAccessKey: try served.requiredText("SecretAccessKey"),
                sessionToken: try served.requiredText("SessionToken"), expiration: expiration)
        } catch {
            throw CredentialError("AssumeRoleWithWebIdentity: \(error.why)")
        }
    }
}
