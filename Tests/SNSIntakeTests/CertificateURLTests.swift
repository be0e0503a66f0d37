import Testing

@testable import SNSIntake

@Suite("A certificate's URL")
struct CertificateURLTests {
    private static let file = "SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem"
    private static let host = "sns.eu-west-1.amazonaws.com"

    static let hostile = [
        "", "https://", file, "/\(file)", "//\(host)/\(file)",
        // Other schemes
        "http://\(host)/\(file)", "ftp://\(host)/\(file)", "file:///\(host)/\(file)", "HTTPS://\(host)/\(file)",
        "https:/\(host)/\(file)", "https:\\\\\(host)\\\(file)", " https://\(host)/\(file)",
        // Other hosts, some of which a pattern would let pass
        "https://sns.us-east-1.amazonaws.com/\(file)", "https://sns.eu-west-1.amazonaws.com.cn/\(file)",
        "https://\(host).example.com/\(file)", "https://example.com/\(host)/\(file)", "https://evil\(host)/\(file)",
        "https://sns.s3-eu-west-1.amazonaws.com/\(file)", "https://sns.s3.eu-west-1.amazonaws.com/\(file)",
        "https://s3.eu-west-1.amazonaws.com/\(file)", "https://sns.eu-west-1.amazonaws.com./\(file)",
        "https://sns-eu-west-1.amazonaws.com/\(file)", "https://SNS.eu-west-1.amazonaws.com/\(file)",
        "https://sns.eu-west-1.amazonaws.co/\(file)", "https://sns.eu-west-1.amazonaws\u{2E}com\u{2044}\(file)",
        "https://sns.eu-west-1.\u{0430}mazonaws.com/\(file)", "https://127.0.0.1/\(file)", "https://[::1]/\(file)",
        "https://169.254.169.254/\(file)", "https://localhost/\(file)",
        // User, port
        "https://\(host)@example.com/\(file)", "https://user@\(host)/\(file)", "https://user:password@\(host)/\(file)",
        "https://\(host):443/\(file)", "https://\(host):8443/\(file)", "https://\(host)%40example.com/\(file)",
        // Paths
        "https://\(host)/", "https://\(host)", "https://\(host)\(file)", "https://\(host)/a/\(file)",
        "https://\(host)/../\(file)", "https://\(host)//\(file)", "https://\(host)/%2e%2e/\(file)",
        "https://\(host)/simplenotificationservice-7506a1e3.pem", "https://\(host)/SimpleNotificationService-.pem",
        "https://\(host)/SimpleNotificationService-../../x.pem", "https://\(host)/SimpleNotificationService-a%2fb.pem",
        "https://\(host)/SimpleNotificationService-7506a1e3.PEM", "https://\(host)/SimpleNotificationService-75.pem/x",
        "https://\(host)/SimpleNotificationService-\(String(repeating: "a", count: 65)).pem",
        "https://\(host)/\(file)?a=b", "https://\(host)/\(file)#a", "https://\(host)/\(file)\n",
        "https://\(host)/\(file)\0",
        "https://\(host)/\(file) ", "https://\(host)/\(file);a.pem", "https://\(host)\\@example.com/\(file)",
    ]

    @Test("that is not exactly the one of the topic's region is refused and not fetched", arguments: hostile)
    func refused(url: String) async throws {
        let shelf = CertificateShelf()
        let letter = Letter().with("SigningCertURL", url).signed()
        let found = try await refusal { try await verify(letter, certificates: shelf) }
        #expect(found?.kind == .forbidden)
        #expect(found?.reason.hasPrefix("certificate URL not allowed") == true)
        #expect(shelf.fetched.isEmpty)
    }

    @Test(
        "of the topic's region is fetched, with the certificate's name of that region",
        arguments: [
            ("aws", "eu-west-1", "sns.eu-west-1.amazonaws.com", "sns.amazonaws.com"),
            ("aws", "us-east-1", "sns.us-east-1.amazonaws.com", "sns.amazonaws.com"),
            ("aws", "il-central-1", "sns.il-central-1.amazonaws.com", "sns-signing.il-central-1.amazonaws.com"),
            ("aws-cn", "cn-north-1", "sns.cn-north-1.amazonaws.com.cn", "sns-cn-north-1.amazonaws.com.cn"),
            ("aws-us-gov", "us-gov-east-1", "sns.us-gov-east-1.amazonaws.com", "sns-us-gov-west-1.amazonaws.com"),
        ])
    func regions(partition: String, region: String, host: String, name: String) async throws {
        let topic = "arn:\(partition):sns:\(region):123456789012:hooks"
        let notary = Notary(name: name)
        let shelf = CertificateShelf(notary.pem)
        let letter = Letter(topic: topic).with("SigningCertURL", Letter.certificateURL(host: host)).signed(by: notary)
        let policy = SNSTrustPolicy(topics: .only([topic]))
        #expect(try await refusal { try await verify(letter, certificates: shelf, policy: policy) } == nil)
        #expect(shelf.fetched == [Letter.certificateURL(host: host)])
    }

    @Test("may also have the one origin that a developer allowed, and no other")
    func developmentOrigin() async throws {
        let policy = SNSTrustPolicy(
            topics: .only([Letter.topic]), developmentCertificateOrigin: "http://127.0.0.1:4566")
        let allowed = Letter().with("SigningCertURL", "http://127.0.0.1:4566/\(Self.file)").signed()
        #expect(try await refusal { try await verify(allowed, policy: policy) } == nil)
        for url in ["http://127.0.0.1:45660/\(Self.file)", "http://127.0.0.1:4566@example.com/\(Self.file)"] {
            let letter = Letter().with("SigningCertURL", url).signed()
            #expect(try await refusal { try await verify(letter, policy: policy) }?.kind == .forbidden)
        }
    }
}
