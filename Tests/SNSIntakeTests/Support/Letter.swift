import DrainModel
import FoundationEssentials

@testable import SNSIntake

/// An SNS message under construction: fields as SNS writes them, signed as SNS signs.
struct Letter {
    static let topic = "arn:aws:sns:eu-west-1:123456789012:drain-hooks"
    static let now = Timestamp(millisecondsSinceEpoch: Notary.now * 1000)

    var fields: [String: String?]

    /// A notification, not signed yet.
    init(_ type: String = "Notification", message: String = "hello", topic: String = Letter.topic) {
        fields = [
            "Type": type, "MessageId": "da41e39f-ea4d-435a-b922-c6aae3915ebe", "TopicArn": topic, "Message": message,
            "Timestamp": Self.now.rfc3339, "SignatureVersion": "2",
            "SigningCertURL": Self.certificateURL(host: "sns.eu-west-1.amazonaws.com"),
        ]
        if type == "Notification" { return }
        fields["Token"] = "the-token"
        fields["SubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    }

    static func certificateURL(host: String) -> String {
        "https://\(host)/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem"
    }

    func with(_ field: String, _ value: String?) -> Letter {
        var letter = self
        letter.fields[field] = .some(value)
        return letter
    }

    func without(_ field: String) -> Letter {
        var letter = self
        letter.fields[field] = nil
        return letter
    }

    func sent(at seconds: Int64) -> Letter {
        with("Timestamp", Timestamp(millisecondsSinceEpoch: seconds * 1000).rfc3339)
    }

    /// With the signature that the fields have now; what is changed after it is a forgery.
    func signed(by notary: Notary = .genuine) -> Letter {
        let isNotification = fields["Type"] == "Notification"
        let names =
            isNotification
            ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        let text = names.compactMap { name in (fields[name] ?? nil).map { "\(name)\n\($0)\n" } }.joined()
        return with("Signature", notary.signature(of: text, version: (fields["SignatureVersion"] ?? nil) ?? ""))
    }

    var body: [UInt8] { get throws { Array(try JSONEncoder().encode(fields)) } }
}
