import DrainModel
import Testing

@testable import SNSIntake

@Suite("A signature")
struct SignatureTests {
    static let types = ["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]

    @Test("is believed for every type, in both versions", arguments: types, ["1", "2"])
    func valid(type: String, version: String) async throws {
        let letter = Letter(type).with("SignatureVersion", version).signed()
        #expect(try await verify(letter).topicARN == Letter.topic)
    }

    @Test("covers the Subject where there is one")
    func subject() async throws {
        #expect(try await refusal { try await verify(Letter().with("Subject", "hi").signed()) } == nil)
    }

    @Test("covers no Subject that is null")
    func nullSubject() async throws {
        #expect(try await refusal { try await verify(Letter().with("Subject", nil).signed()) } == nil)
    }

    @Test(
        "is refused when a signed field was changed after it",
        arguments: [
            ("Message", "another"), ("MessageId", "another"), ("Subject", "added"),
            ("Timestamp", "2026-11-01T12:00:01.000Z"), ("Timestamp", "2026-11-01T12:00:00Z"),
        ])
    func changed(field: String, value: String) async throws {
        let found = try await refusal { try await verify(Letter().signed().with(field, value)) }
        #expect(found == SNSRefusal(.forbidden, "the signature is not AWS's"))
    }

    @Test("is refused when a Subject was taken away after it")
    func subjectRemoved() async throws {
        let letter = Letter().with("Subject", "hi").signed().without("Subject")
        #expect(try await refusal { try await verify(letter) }?.kind == .forbidden)
    }

    @Test("of a confirmation covers its Token and its SubscribeURL", arguments: ["Token", "SubscribeURL"])
    func confirmation(field: String) async throws {
        let letter = Letter("SubscriptionConfirmation").signed().with(field, "another")
        #expect(try await refusal { try await verify(letter) }?.kind == .forbidden)
    }

    @Test("of a notification does not make it a confirmation")
    func anotherType() async throws {
        let letter = Letter().signed().with("Type", "SubscriptionConfirmation").with("Token", "t")
            .with("SubscribeURL", "https://example.com")
        #expect(try await refusal { try await verify(letter) }?.kind == .forbidden)
    }

    @Test("of one version is not one of the other", arguments: [("1", "2"), ("2", "1")])
    func versionChanged(made: String, claimed: String) async throws {
        let letter = Letter().with("SignatureVersion", made).signed().with("SignatureVersion", claimed)
        #expect(try await refusal { try await verify(letter) }?.kind == .forbidden)
    }

    @Test("by somebody else's key is refused")
    func anotherKey() async throws {
        let letter = Letter().signed(by: Notary())
        #expect(try await refusal { try await verify(letter) }?.kind == .forbidden)
    }

    @Test("of version 1 is refused, unfetched, where only version 2 is believed")
    func downgrade() async throws {
        let shelf = CertificateShelf()
        let policy = SNSTrustPolicy(topics: .only([Letter.topic]), signatureVersions: [2])
        let letter = Letter().with("SignatureVersion", "1").signed()
        #expect(try await refusal { try await verify(letter, certificates: shelf, policy: policy) }?.kind == .forbidden)
        #expect(shelf.fetched.isEmpty)
    }

    @Test("of a version that SNS does not have is refused", arguments: ["", "0", "3", "2.0", "two", "-1"])
    func unknownVersion(version: String) async throws {
        let letter = Letter().with("SignatureVersion", version).signed()
        #expect(try await refusal { try await verify(letter) }?.kind == .forbidden)
    }

    @Test("covers exactly the text that AWS documents")
    func stringToSign() throws {
        let notification = try SNSMessage(Letter().with("Subject", "hi").signed().body)
        #expect(
            notification.stringToSign == """
                Message
                hello
                MessageId
                da41e39f-ea4d-435a-b922-c6aae3915ebe
                Subject
                hi
                Timestamp
                2026-11-01T12:00:00.000Z
                TopicArn
                arn:aws:sns:eu-west-1:123456789012:drain-hooks
                Type
                Notification

                """)
    }
}
