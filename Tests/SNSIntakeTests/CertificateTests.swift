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

    @Test("cannot be had: another try may succeed, but not within the next two seconds")
    func pausesAfterFailure() async throws {
        let shelf = CertificateShelf(nil)
        let verifier = SNSVerifier(policy: SNSTrustPolicy(topics: .only([Letter.topic])), fetcher: shelf)
        let body = try Letter().signed().body
        for seconds in [0, 1] {
            let now = Letter.now + .seconds(seconds)
            #expect(try await refusal { try await verifier.verify(body, now: now) }?.kind == .temporary)
        }
        #expect(shelf.fetched.count == 1)
        shelf.put(Notary.genuine.pem)
        let later = Letter.now + .seconds(2)
        #expect(try await refusal { try await verifier.verify(body, now: later) } == nil)
    }

    @Test(
        "that are no certificates count as not fetched", arguments: ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA"])
    func notACertificate(content: String) async throws {
        let found = try await refusal {
            try await verify(Letter().signed(), certificates: CertificateShelf(Array(content.utf8)))
        }
        #expect(found?.kind == .temporary)
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
