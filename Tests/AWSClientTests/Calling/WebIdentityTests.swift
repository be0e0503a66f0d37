import FoundationEssentials
import HTTPTransport
import Synchronization
import Testing

@testable import AWSClient

@Suite("Credentials for a web identity")
struct WebIdentityTests {
    private static let served = """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
        <SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
        """
    private static let environment = [
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/draind",
    ]

    private func provider(
        _ http: ScriptedHTTP, _ environment: [String: String] = environment,
        read: @escaping @Sendable (String) throws -> String = { "token of \($0)" }
    ) -> WebIdentityCredentials {
        WebIdentityCredentials(
            environment: environment, endpoint: Endpoint(.sts, region: "eu-west-1", environment: [:]), http: http,
            read: read)
    }

    private func refusal(_ code: String) -> ScriptedHTTP.Turn {
        .answer(400, "<ErrorResponse><Error><Code>\(code)</Code><Message>no</Message></Error></ErrorResponse>")
    }

    @Test("are those that STS gives for the token, by a call that is not signed")
    func found() async throws {
        let http = ScriptedHTTP([.answer(200, Self.served)])
        let found = try await provider(http).credentials()
        #expect(found?.accessKeyID == "ROLE")
        #expect(found?.sessionToken == "t")
        #expect(found?.expiration == (try Date("2030-01-01T00:00:00Z", strategy: .iso8601)))
        let request = try #require(http.requests.first)
        #expect(request.url == "https://sts.eu-west-1.amazonaws.com/")
        #expect(request.header("Authorization") == nil)
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdraind"
                + "&RoleSessionName=draind&WebIdentityToken=token%20of%20%2Ftoken")
    }

    @Test("are fetched with the token that the file holds at that moment")
    func renewedToken() async throws {
        let http = ScriptedHTTP([.answer(200, Self.served), .answer(200, Self.served)])
        let reads = Mutex(0)
        let provider = provider(http) { _ in
            reads.withLock { count in
                count += 1
                return "token-\(count)"
            }
        }
        for _ in 0..<2 { _ = try await provider.credentials() }
        #expect(http.requests.map { String(decoding: $0.body, as: UTF8.self).suffix(7) } == ["token-1", "token-2"])
    }

    @Test("are asked for again when STS could not be asked, or could not ask whoever signed the token")
    func retries() async throws {
        let http = ScriptedHTTP([.fail(.timedOut), refusal("IDPCommunicationError"), .answer(200, Self.served)])
        #expect(try await provider(http).credentials()?.accessKeyID == "ROLE")
    }

    @Test("that STS refuses are an error with its reason, and are not asked for again")
    func refused() async {
        let http = ScriptedHTTP([refusal("InvalidIdentityToken"), .answer(200, Self.served)])
        await #expect(throws: CredentialError("AssumeRoleWithWebIdentity: InvalidIdentityToken: no")) {
            try await provider(http).credentials()
        }
    }

    @Test("half configured, or with a token that cannot be read, are an error instead of the machine's role")
    func unusable() async {
        let halved = provider(ScriptedHTTP([]), ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token"])
        await #expect(throws: CredentialError("AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not")) {
            try await halved.credentials()
        }
        let unreadable = provider(ScriptedHTTP([])) { _ in throw CocoaError(.fileReadNoSuchFile) }
        await #expect(throws: CredentialError("AWS_WEB_IDENTITY_TOKEN_FILE cannot be read: /token")) {
            try await unreadable.credentials()
        }
    }

    @Test("are not sought without a token's file")
    func none() async throws {
        #expect(try await provider(ScriptedHTTP([]), ["AWS_ROLE_ARN": "arn:x"]).credentials() == nil)
    }
}
