import DrainModel
import Testing

@testable import SNSIntake

@Suite("Before any cryptography")
struct TrustPolicyTests {
    /// Refused without a fetch, whatever its signature.
    private func refusedUnfetched(
        _ letter: Letter, headers: SNSVerifier.Headers = .init(), now: Timestamp = Letter.now
    ) async throws -> SNSRefusal? {
        let shelf = CertificateShelf()
        let found = try await refusal {
            try await verify(letter.signed(), certificates: shelf, headers: headers, now: now)
        }
        #expect(shelf.fetched.isEmpty)
        return found
    }

    @Test(
        "a topic that is not on the list is refused",
        arguments: [
            "arn:aws:sns:eu-west-1:123456789012:other", "arn:aws:sns:eu-west-1:123456789012:drain-hooks2",
            "arn:aws:sns:eu-west-1:210987654321:drain-hooks", "arn:aws:sns:us-east-1:123456789012:drain-hooks",
            "arn:aws:sns:eu-west-1:123456789012:drain-hooks ", "ARN:AWS:SNS:EU-WEST-1:123456789012:DRAIN-HOOKS", "",
        ])
    func topic(topic: String) async throws {
        let found = try await refusedUnfetched(Letter(topic: topic))
        #expect(found?.kind == .forbidden)
        #expect(found?.reason.hasPrefix("topic not allowed") == true)
    }

    @Test(
        "a topic of a partition whose signer is not known is refused",
        arguments: [
            "arn:aws-eusc:sns:eusc-de-east-1:123456789012:hooks", "arn:aws-iso:sns:us-iso-east-1:123456789012:hooks",
        ])
    func unknownSigner(topic: String) async throws {
        let shelf = CertificateShelf()
        let policy = SNSTrustPolicy(topics: .only([topic]))
        let found = try await refusal {
            try await verify(Letter(topic: topic).signed(), certificates: shelf, policy: policy)
        }
        #expect(found?.reason.hasPrefix("it is not known who signs SNS messages in the partition aws-") == true)
        #expect(shelf.fetched.isEmpty)
    }

    @Test("raw delivery is refused, whatever the body")
    func rawDelivery() async throws {
        #expect(try await refusedUnfetched(Letter(), headers: .init(isRawDelivery: true))?.kind == .forbidden)
    }

    @Test("a header that contradicts the message makes it refused")
    func header() async throws {
        let headers = SNSVerifier.Headers(messageType: "SubscriptionConfirmation")
        #expect(try await refusedUnfetched(Letter(), headers: headers)?.kind == .forbidden)
    }

    @Test("a message older than the age limit is a replay")
    func old() async throws {
        let found = try await refusedUnfetched(Letter(), now: Letter.now + .seconds(75 * 60 + 1))
        #expect(found?.kind == .forbidden)
    }

    @Test("a message as old as SNS retries is believed")
    func retried() async throws {
        let found = try await refusal { try await verify(Letter().signed(), now: Letter.now + .seconds(3600)) }
        #expect(found == nil)
    }

    @Test("a message from the future may be believed later, when this machine's clock is right")
    func future() async throws {
        #expect(try await refusedUnfetched(Letter(), now: Letter.now - .seconds(301))?.kind == .early)
    }

    @Test("a message from the near future is believed: clocks disagree")
    func nearFuture() async throws {
        #expect(try await refusal { try await verify(Letter().signed(), now: Letter.now - .seconds(299)) } == nil)
    }
}
