import FoundationEssentials
import HTTPTransport
import Synchronization
import Testing

@testable import AWSClient

@Suite("Credentials")
struct CredentialsTests {
    private let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    @Test("never show a secret, however they are printed")
    func redacted() {
        let credentials = AWSCredentials(accessKeyID: "AKID", secretAccessKey: secret, sessionToken: "session-secret")
        var dumped = ""
        dump(credentials, to: &dumped)
        let printed = "\(credentials) \(String(reflecting: credentials)) \(dumped) \([credentials])"
        #expect(!printed.contains(secret))
        #expect(!printed.contains("session-secret"))
        #expect(printed.contains("REDACTED"))
    }

    @Test("come from the environment with their session token")
    func environment() async throws {
        let found = try await EnvironmentCredentials(environment: [
            "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": "token",
        ]).credentials()
        #expect(found?.accessKeyID == "AKID")
        #expect(found?.sessionToken == "token")
    }

    @Test("half given in the environment are an error that says which half is missing")
    func halfEnvironment() async {
        await #expect(throws: CredentialError("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not")) {
            try await EnvironmentCredentials(environment: ["AWS_ACCESS_KEY_ID": "AKID"]).credentials()
        }
    }

    private let files = [
        "/home/me/.aws/config":
            "# comment\n[default]\nregion = eu-west-1\n[profile ops]\nregion=eu-north-1\n[profile sso]\nsso_session = x\n",
        "/home/me/.aws/credentials":
            "[default]\naws_access_key_id = D\naws_secret_access_key = s\n[ops]\naws_access_key_id=O\naws_secret_access_key=s=with=equals\n",
    ]

    private func profile(_ name: String?) -> SharedProfile {
        SharedProfile(environment: ["HOME": "/home/me"], profile: name) { files[$0] }
    }

    @Test(
        "and the region come from the shared files, by profile",
        arguments: [
            (nil, "D", "eu-west-1"), ("ops", "O", "eu-north-1"),
        ])
    func shared(name: String?, id: String, region: String) async throws {
        #expect(try await profile(name).credentials()?.accessKeyID == id)
        #expect(profile(name).region == region)
    }

    @Test("of a profile that needs SSO are refused by name, not passed over")
    func sso() async {
        await #expect(throws: CredentialError.self) { try await profile("sso").credentials() }
    }

    @Test("of a profile that does not exist are refused")
    func unknownProfile() async {
        await #expect(throws: CredentialError("profile nobody has no keys, or does not exist")) {
            try await profile("nobody").credentials()
        }
    }

    @Test("are not sought in shared files that do not exist")
    func noFiles() async throws {
        #expect(try await SharedProfile(environment: [:], read: { _ in nil }).credentials() == nil)
    }

    private let served = """
        {"AccessKeyId":"ROLE","SecretAccessKey":"s","Token":"t","Expiration":"2030-01-01T00:00:00Z","RoleArn":"x"}
        """

    @Test("of a task come from the container endpoint, past any proxy, with its token")
    func container() async throws {
        let http = ScriptedHTTP([.fail(.timedOut), .answer(200, served)])
        let found = try await ContainerCredentials(
            environment: [
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "stale",
            ], http: http, read: { _ in "fresh" }
        ).credentials()
        #expect(found?.accessKeyID == "ROLE")
        #expect(found?.expiration == (try Date("2030-01-01T00:00:00Z", strategy: .iso8601)))
        let request = try #require(http.requests.last)
        #expect(request.url == "http://169.254.170.2/v2/x")
        #expect(request.header("Authorization") == "fresh")
        #expect(!request.usesProxy)
    }

    @Test(
        "are fetched over plain http from this machine only",
        arguments: [
            ("http://127.0.0.1:1/x", true), ("http://localhost/x", true), ("http://169.254.170.23/v1", true),
            ("https://example.com/x", true), ("http://example.com/x", false),
            ("http://169.254.170.2.example.com/", false),
            ("http://127.0.0.1.example.com/", false), ("ftp://127.0.0.1/", false),
        ])
    func containerHosts(url: String, isAllowed: Bool) async throws {
        let http = ScriptedHTTP([.answer(200, served)])
        _ = try? await ContainerCredentials(environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url], http: http)
            .credentials()
        #expect(http.requests.isEmpty != isAllowed)
    }

    @Test("are not fetched with a token that would smuggle a header")
    func tokenWithLineBreak() async {
        let http = ScriptedHTTP([.answer(200, served)])
        await #expect(throws: CredentialError.self) {
            try await ContainerCredentials(
                environment: [
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\nX-Evil: 1",
                ], http: http
            ).credentials()
        }
        #expect(http.requests.isEmpty)
    }

    @Test("of the instance's role come by metadata version 2, past any proxy")
    func metadata() async throws {
        let http = ScriptedHTTP([.answer(200, "session"), .answer(200, "my-role\n"), .answer(200, served)])
        let found = try await InstanceMetadataCredentials(environment: [:], http: http).credentials()
        #expect(found?.accessKeyID == "ROLE")
        #expect(http.requests.map(\.method) == ["PUT", "GET", "GET"])
        #expect(http.requests.last?.url == "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role")
        #expect(http.requests.last?.header("X-aws-ec2-metadata-token") == "session")
        #expect(http.requests.allSatisfy { !$0.usesProxy })
    }

    @Test("are not sought in the metadata when that is disabled")
    func disabledMetadata() async throws {
        let http = ScriptedHTTP([])
        #expect(
            try await InstanceMetadataCredentials(environment: ["AWS_EC2_METADATA_DISABLED": "true"], http: http)
                .credentials() == nil)
        #expect(http.requests.isEmpty)
    }

    @Test("are sought in the metadata twice; where nobody answers there are none")
    func noMetadata() async throws {
        let http = ScriptedHTTP([.fail(.couldNotConnect), .fail(.timedOut)])
        #expect(try await InstanceMetadataCredentials(environment: [:], http: http).credentials() == nil)
        #expect(http.requests.count == 2)
    }

    @Test("are taken from metadata that is silent once")
    func slowMetadata() async throws {
        let http = ScriptedHTTP([
            .fail(.timedOut), .answer(200, "session"), .answer(200, "my-role"), .answer(200, served),
        ])
        #expect(
            try await InstanceMetadataCredentials(environment: [:], http: http).credentials()?.accessKeyID == "ROLE")
    }

    @Test(
        "are not passed over where the metadata refuses",
        arguments: [
            [.answer(403, "")], [.answer(500, ""), .answer(500, "")], [.answer(500, ""), .fail(.timedOut)],
            [.fail(.interrupted), .fail(.interrupted)],
        ] as [[ScriptedHTTP.Turn]])
    func refusingMetadata(turns: [ScriptedHTTP.Turn]) async {
        await #expect(throws: CredentialError.self) {
            try await InstanceMetadataCredentials(environment: [:], http: ScriptedHTTP(turns)).credentials()
        }
    }
}

@Suite("Cached credentials")
struct CachedCredentialsTests {
    private final class Source: CredentialProvider {
        let answers: Mutex<[Result<AWSCredentials, CredentialError>]>
        let count = Mutex(0)

        init(_ answers: [Result<AWSCredentials, CredentialError>]) { self.answers = Mutex(answers) }

        func credentials() async throws(CredentialError) -> AWSCredentials? {
            count.withLock { $0 += 1 }
            return try answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
        }
    }

    private static let start = Date(timeIntervalSince1970: 1_700_000_000)

    private func keys(_ id: String, validFor seconds: TimeInterval) -> AWSCredentials {
        AWSCredentials(accessKeyID: id, secretAccessKey: "s", expiration: Self.start + seconds)
    }

    @Test("are fetched once for all who ask, until shortly before they expire")
    func renewal() async throws {
        let source = Source([.success(keys("one", validFor: 3600)), .success(keys("two", validFor: 7200))])
        let clock = Mutex(Self.start)
        let cache = CachedCredentials(source) { clock.withLock { $0 } }
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await cache.credentials().accessKeyID } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(ids) == ["one"])
        #expect(source.count.withLock { $0 } == 1)
        clock.withLock { $0 += 3301 }
        #expect(try await cache.credentials().accessKeyID == "two")
    }

    @Test("stay in use while they are valid although their renewal fails")
    func failedRenewal() async throws {
        let source = Source([.success(keys("one", validFor: 3600)), .failure(CredentialError("away"))])
        let clock = Mutex(Self.start)
        let cache = CachedCredentials(source) { clock.withLock { $0 } }
        #expect(try await cache.credentials().accessKeyID == "one")
        clock.withLock { $0 += 3400 }
        #expect(try await cache.credentials().accessKeyID == "one")
        clock.withLock { $0 += 201 }
        await #expect(throws: CredentialError("away")) { try await cache.credentials() }
    }

    @Test("that come back already near their end are asked for again only after a pause")
    func nearTheirEnd() async throws {
        let source = Source([.success(keys("one", validFor: 200))])
        let clock = Mutex(Self.start)
        let cache = CachedCredentials(source) { clock.withLock { $0 } }
        for _ in 0..<5 { _ = try await cache.credentials() }
        #expect(source.count.withLock { $0 } == 1)
        clock.withLock { $0 += 10 }
        _ = try await cache.credentials()
        #expect(source.count.withLock { $0 } == 2)
    }

    @Test("that have expired when they come are not used")
    func expired() async {
        let cache = CachedCredentials(Source([.success(keys("one", validFor: -1))])) { Self.start }
        await #expect(throws: CredentialError.self) { try await cache.credentials() }
    }
}
