import DrainModel
import FoundationEssentials
import SNSIntake
import Testing

/// Messages that AWS itself signed. They are not ours to keep in the project; where they are not, nothing is checked.
@Suite("A message signed by AWS", .enabled(if: !RealMessage.all.isEmpty, "the shared vectors are not here"))
struct RealMessageTests {
    @Test("comes out as the index says", arguments: RealMessage.all)
    func asIndexed(_ message: RealMessage) async throws {
        let found = await message.verify(try message.body)
        #expect((found == nil ? "valid" : "not valid") == message.expected, "\(found?.reason ?? "")")
    }

    @Test("is refused when one character of a signed field is another", arguments: RealMessage.all)
    func changed(_ message: RealMessage) async throws {
        let fields = try message.fields
        for name in ["Message", "MessageId", "Subject", "Token", "SubscribeURL"] {
            guard let value = fields[name], !value.isEmpty else { continue }
            let isSigned = name != "Subject" || fields["Type"] == "Notification"
            let body = try JSONEncoder().encode(fields.merging([name: value + " "]) { _, new in new })
            #expect((await message.verify(Array(body)) != nil) == isSigned, "\(name)")
        }
    }

    @Test("is there in numbers")
    func counted() {
        print("SNS: \(RealMessage.all.count) messages of AWS checked")
        #expect(RealMessage.all.count >= 21)
    }
}

struct RealMessage: Decodable, CustomTestStringConvertible {
    let file: String
    let certificate: String
    let at: String
    let expected: String

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "../shared/vectors/sns").standardized

    static let all: [RealMessage] = {
        guard let index = try? Data(contentsOf: folder.appending(path: "index.json")) else { return [] }
        return (try? JSONDecoder().decode([RealMessage].self, from: index)) ?? []
    }()

    var testDescription: String { file }

    var body: [UInt8] { get throws { Array(try Data(contentsOf: Self.folder.appending(path: file))) } }

    /// Those that are text; a null Subject is left out, as AWS leaves it out of what it signs.
    var fields: [String: String] {
        get throws {
            try JSONDecoder().decode([String: Text].self, from: Data(body)).compactMapValues(\.value)
        }
    }

    /// The refusal; nil when it is valid.
    func verify(_ body: [UInt8]) async -> SNSRefusal? {
        do throws(SNSRefusal) {
            let pem = (try? Data(contentsOf: Self.folder.appending(path: certificate))) ?? Data()
            _ = try await OfflineVerification.verify(
                body, certificate: Array(pem), at: Timestamp(rfc3339: at), topic: nil)
            return nil
        } catch {
            return error
        }
    }

    private struct Text: Decodable {
        let value: String?
        init(from decoder: any Decoder) throws { value = try? decoder.singleValueContainer().decode(String.self) }
    }
}
