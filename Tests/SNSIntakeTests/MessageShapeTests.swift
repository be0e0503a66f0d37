import DrainModel
import FoundationEssentials
import Testing

@testable import SNSIntake

@Suite("A body that is no SNS message")
struct MessageShapeTests {
    private func refusal(_ body: [UInt8]) async throws -> SNSRefusal? {
        let shelf = CertificateShelf()
        let verifier = SNSVerifier(policy: SNSTrustPolicy(topics: .only([Letter.topic])), fetcher: shelf)
        defer { #expect(shelf.fetched.isEmpty) }
        return try await SNSIntakeTests.refusal { try await verifier.verify(body, now: Letter.now) }
    }

    @Test(
        "is unreadable",
        arguments: [
            "", " ", "hello", "null", "true", "1", "\"text\"", "[]", "{}", "{", #"{"Type"}"#, "\u{FEFF}{}",
            "{\"Type\":",
            String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 10_000),
        ])
    func notAMessage(text: String) async throws {
        #expect(try await refusal(Array(text.utf8))?.kind == .unreadable)
    }

    @Test("is unreadable when it is not UTF-8")
    func notText() async throws {
        #expect(try await refusal([0xFF, 0xFE, 0x00, 0x7B])?.kind == .unreadable)
    }

    @Test("is unreadable when it ends early", arguments: [1, 2, 40, 200])
    func truncated(missing: Int) async throws {
        #expect(try await refusal(Letter().signed().body.dropLast(missing))?.kind == .unreadable)
    }

    @Test(
        "is unreadable without any of the fields that SNS always sends",
        arguments: [
            "Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL",
        ])
    func missing(field: String) async throws {
        let found = try await refusal(Letter().signed().without(field).body)
        #expect(found == SNSRefusal(.unreadable, "not an SNS message: \(field) is missing"))
    }

    @Test("is unreadable with null in a field that SNS always sends", arguments: ["Type", "Message", "TopicArn"])
    func null(field: String) async throws {
        #expect(try await refusal(Letter().signed().with(field, nil).body)?.kind == .unreadable)
    }

    @Test("is unreadable with a number or a list in a field of text", arguments: ["1", "[\"a\"]", "{}"])
    func wrongType(value: String) async throws {
        let text = String(decoding: try Letter().signed().body, as: UTF8.self)
            .replacing(#""Message":"hello""#, with: #""Message":\#(value)"#)
        #expect(
            try await refusal(Array(text.utf8))
                == SNSRefusal(.unreadable, "not an SNS message: Message is of the wrong type"))
    }

    @Test(
        "is unreadable with a type or a time that SNS does not have",
        arguments: [
            ("Type", "notification"), ("Type", "Notify"), ("Type", ""), ("Timestamp", "now"), ("Timestamp", ""),
            ("Timestamp", "1793534400"), ("Signature", "not Base64!"), ("Signature", ""),
        ])
    func wrongValue(field: String, value: String) async throws {
        #expect(try await refusal(Letter().signed().with(field, value).body)?.kind == .unreadable)
    }

    @Test("is unreadable as a confirmation without its token or URL", arguments: ["Token", "SubscribeURL"])
    func confirmation(field: String) async throws {
        #expect(try await refusal(Letter("SubscriptionConfirmation").signed().without(field).body)?.kind == .unreadable)
    }

    @Test("puts nothing into the log that could break its lines or fill it")
    func reasonIsPrintable() async throws {
        let hostile = "a\nb\u{1B}[31m\0" + String(repeating: "x", count: 10_000)
        let reason = try #require(try await refusal(Letter().signed().with("Type", hostile).body)).reason
        #expect(reason.count <= 300)
        #expect(reason.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test("is one all the same with Lambda's spelling of the URL, and with fields that we do not know")
    func lenient() async throws {
        let url = Letter.certificateURL(host: "sns.eu-west-1.amazonaws.com")
        let letter = Letter().signed().without("SigningCertURL").with("SigningCertUrl", url).with("NewField", "1")
        #expect(try await SNSIntakeTests.refusal { try await verify(letter) } == nil)
    }
}
