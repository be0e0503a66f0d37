import DrainModel
import Testing

@testable import SNSIntake

@Suite("A certificate")
struct CertificateTests {
    private func refusal(of notary: Notary, at seconds: Int64 = Notary.now) async throws -> String? {
        let letter = Letter().sent(at: seconds).signed(by: notary)
        let now = Timestamp(millisecondsSinceEpoch: seconds * 1000)
        let shelf = CertificateShelf(notary.pem)
        return try await SNSIntakeTests.refusal { try await verify(letter, certificates: shelf, now: now) }?.reason
    }

    @Test("of SNS is believed")
    func genuine() async throws {
        #expect(try await refusal(of: .genuine) == nil)
    }

    @Test(
        "with another name is refused, though its signature be right",
        arguments: [
            "example.com", "sns.amazonaws.com.example.com", "amazonaws.com", "*.amazonaws.com",
            "sns.eu-west-1.amazonaws.com", "sns-signing.eu-west-1.amazonaws.com",
        ])
    func anotherName(name: String) async throws {
        let expected = name == "*.amazonaws.com" ? nil : "the certificate is not sns.amazonaws.com's"
        #expect(try await refusal(of: Notary(name: name)) == expected)
    }

    @Test(
        "of a commercial region that is newer than this code may have either name",
        arguments: ["sns.amazonaws.com", "sns-signing.xx-new-1.amazonaws.com"])
    func newRegion(name: String) async throws {
        let topic = "arn:aws:sns:xx-new-1:123456789012:hooks"
        let notary = Notary(name: name)
        let url = Letter.certificateURL(host: "sns.xx-new-1.amazonaws.com")
        let letter = Letter(topic: topic).with("SigningCertURL", url).signed(by: notary)
        let policy = SNSTrustPolicy(topics: .only([topic]))
        let shelf = CertificateShelf(notary.pem)
        #expect(
            try await SNSIntakeTests.refusal { try await verify(letter, certificates: shelf, policy: policy) } == nil)
    }

    @Test("with a short key is refused")
    func shortKey() async throws {
        #expect(
            try await refusal(of: Notary(bits: 1024)) == "the certificate's key is not RSA of at least 2048 bits")
    }

    @Test(
        "that had expired, or was not valid yet, when the message was sent is refused", arguments: [-50 ... -1, 1...50])
    func validity(days: ClosedRange<Int>) async throws {
        #expect(try await refusal(of: Notary(days: days)) == "the certificate was not valid when the message was sent")
    }

    @Test("that has expired since is believed for a message from before")
    func expiredSince() async throws {
        let notary = Notary(days: -50...0)
        let letter = Letter().sent(at: Notary.now - 1800).signed(by: notary)
        let now = Letter.now + .seconds(1800)
        let shelf = CertificateShelf(notary.pem)
        #expect(try await SNSIntakeTests.refusal { try await verify(letter, certificates: shelf, now: now) } == nil)
    }
}

@Suite("The certificates at hand", .timeLimit(.minutes(1)))
struct SigningCertificateCacheTests {
    @Test("are fetched once")
    func cached() async throws {
        let shelf = CertificateShelf()
        let verifier = SNSVerifier(policy: SNSTrustPolicy(topics: .only([Letter.topic])), fetcher: shelf)
        for _ in 0..<3 { _ = try await verifier.verify(Letter().signed().body, now: Letter.now) }
        #expect(shelf.fetched.count == 1)
    }

    @Test("are fetched once for all who wait for one")
    func shared() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let shelf = CertificateShelf(gate: gate)
        let verifier = SNSVerifier(policy: SNSTrustPolicy(topics: .only([Letter.topic])), fetcher: shelf)
        let body = try Letter().signed().body
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await verifier.verify(body, now: Letter.now) } }
            while shelf.fetched.isEmpty { await Task.yield() }
            open.yield()
            try await group.waitForAll()
        }
        #expect(shelf.fetched.count == 1)
    }

    private static let policy = SNSTrustPolicy(topics: .only([Letter.topic]))

    private static func body(_ certificate: String) throws -> [UInt8] {
        let url = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-\(certificate).pem"
        return try Letter().with("SigningCertURL", url).signed().body
    }

    @Test("that failed are not asked for again within two seconds of the failure, however long that took")
    func pausesAfterFailure() async throws {
        let time = Uptime()
        let shelf = CertificateShelf(nil, whenAsked: { time.advance(by: .seconds(5)) })
        let verifier = SNSVerifier(policy: Self.policy, fetcher: shelf, uptime: { time.now })
        let body = try Self.body("a")
        for pause in [Duration.zero, .milliseconds(1999)] {
            time.advance(by: pause)
            #expect(try await refusal { try await verifier.verify(body, now: Letter.now) }?.kind == .certificateAway)
        }
        #expect(shelf.fetched.count == 1)
        shelf.put(Notary.genuine.pem)
        time.advance(by: .milliseconds(1))
        #expect(try await refusal { try await verifier.verify(body, now: Letter.now) } == nil)
    }

    @Test("are fetched four at once at most; a fifth message is to come again")
    func fetchesAtOnce() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let shelf = CertificateShelf(gate: gate)
        let verifier = SNSVerifier(policy: Self.policy, fetcher: shelf)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...4 {
                let body = try Self.body("\(number)")
                group.addTask { _ = try await verifier.verify(body, now: Letter.now) }
            }
            while shelf.fetched.count < 4 { await Task.yield() }
            let fifth = try Self.body("5")
            #expect(try await refusal { try await verifier.verify(fifth, now: Letter.now) }?.kind == .certificateAway)
            open.finish()
            try await group.waitForAll()
        }
        #expect(shelf.fetched.count == 4)
    }

    @Test("are not fetched for a while when twenty have failed within a minute; known ones stay of use")
    func failureBudget() async throws {
        let time = Uptime()
        let shelf = CertificateShelf()
        let verifier = SNSVerifier(policy: Self.policy, fetcher: shelf, uptime: { time.now })
        let known = try Self.body("known")
        _ = try await verifier.verify(known, now: Letter.now)
        shelf.put(nil)
        for number in 0..<100 {
            let forged = try Self.body("\(number)")
            _ = try await refusal { try await verifier.verify(forged, now: Letter.now) }
        }
        #expect(shelf.fetched.count == 21)
        _ = try await verifier.verify(known, now: Letter.now)
        shelf.put(Notary.genuine.pem)
        time.advance(by: .seconds(60))
        let new = try Self.body("new")
        #expect(try await refusal { try await verifier.verify(new, now: Letter.now) } == nil)
    }

    @Test(
        "that are no certificates count as not fetched", arguments: ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA"])
    func notACertificate(content: String) async throws {
        let found = try await refusal {
            try await verify(Letter().signed(), certificates: CertificateShelf(Array(content.utf8)))
        }
        #expect(found?.kind == .certificateAway)
    }

    @Test("are at most ten")
    func bounded() async throws {
        let shelf = CertificateShelf()
        let verifier = SNSVerifier(policy: SNSTrustPolicy(topics: .only([Letter.topic])), fetcher: shelf)
        func verify(_ number: Int) async throws {
            let url = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-\(number).pem"
            _ = try await verifier.verify(Letter().with("SigningCertURL", url).signed().body, now: Letter.now)
        }
        for number in 0...10 { try await verify(number) }
        try await verify(10)
        #expect(shelf.fetched.count == 11)
        try await verify(0)
        #expect(shelf.fetched.count == 12)
    }
}
