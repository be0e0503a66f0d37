import DrainModel
import FoundationEssentials

/// What SNS posts to an HTTPS endpoint, as it says of itself: nothing in it is believed yet.
///
/// Read leniently where AWS varies (the two spellings of the URLs, a null Subject, further keys) and strictly where a
/// decision hangs on it.
struct SNSMessage: Hashable, Sendable {
    let type: MessageType
    let messageID: String
    let topicARN: String
    let subject: String?
    let message: String
    /// As it was sent: the signature covers this very text.
    let timestampText: String
    let timestamp: Timestamp
    let signatureVersion: String
    let signature: [UInt8]
    let signingCertificateURL: String
    /// Only in confirmations.
    let token: String?
    let subscribeURL: String?

    enum MessageType: String, Hashable, Sendable {
        case notification = "Notification"
        case subscriptionConfirmation = "SubscriptionConfirmation"
        case unsubscribeConfirmation = "UnsubscribeConfirmation"
    }

    init(_ body: [UInt8]) throws(SNSRefusal) {
        let envelope: Envelope
        do {
            envelope = try JSONDecoder().decode(Envelope.self, from: Data(body))
        } catch {
            throw SNSRefusal(.unreadable, "not an SNS message: \(Self.explain(error))")
        }
        guard let type = MessageType(rawValue: envelope.type) else {
            throw SNSRefusal(.unreadable, "not an SNS message: Type is \(envelope.type.debugDescription)")
        }
        guard let timestamp = Timestamp(rfc3339: envelope.timestamp) else {
            throw SNSRefusal(.unreadable, "not an SNS message: Timestamp is \(envelope.timestamp.debugDescription)")
        }
        guard let signature = Data(base64Encoded: envelope.signature), !signature.isEmpty else {
            throw SNSRefusal(.unreadable, "not an SNS message: Signature is not Base64")
        }
        guard let certificateURL = envelope.signingCertURL ?? envelope.signingCertUrl else {
            throw SNSRefusal(.unreadable, "not an SNS message: SigningCertURL is missing")
        }
        if type != .notification, envelope.token == nil || envelope.subscribeURL == nil {
            throw SNSRefusal(.unreadable, "not an SNS message: a confirmation without Token or SubscribeURL")
        }
        self.type = type
        messageID = envelope.messageID
        topicARN = envelope.topicARN
        subject = envelope.subject
        message = envelope.message
        timestampText = envelope.timestamp
        self.timestamp = timestamp
        signatureVersion = envelope.signatureVersion
        self.signature = Array(signature)
        signingCertificateURL = certificateURL
        token = envelope.token
        subscribeURL = envelope.subscribeURL
    }

    /// The text that the signature covers: each field's name and value on a line of its own.
    /// Source: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
    var stringToSign: String {
        var fields: [(name: String, value: String?)] = [("Message", message), ("MessageId", messageID)]
        if type == .notification {
            fields.append(("Subject", subject))
        } else {
            fields.append(("SubscribeURL", subscribeURL))
        }
        fields.append(("Timestamp", timestampText))
        if type != .notification { fields.append(("Token", token)) }
        fields += [("TopicArn", topicARN), ("Type", type.rawValue)]
        return fields.compactMap { field in field.value.map { "\(field.name)\n\($0)\n" } }.joined()
    }

    private static func explain(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(context.codingPath.last?.stringValue ?? "the body") is of the wrong type"
        case .dataCorrupted, nil: "the body is not JSON"
        case .some: "the body cannot be read"
        }
    }
}

/// The JSON as SNS writes it.
private struct Envelope: Decodable {
    let type: String
    let messageID: String
    let topicARN: String
    let subject: String?
    let message: String
    let timestamp: String
    let signatureVersion: String
    let signature: String
    let signingCertURL: String?
    /// Lambda's spelling.
    let signingCertUrl: String?
    let token: String?
    let subscribeURL: String?

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case messageID = "MessageId"
        case topicARN = "TopicArn"
        case subject = "Subject"
        case message = "Message"
        case timestamp = "Timestamp"
        case signatureVersion = "SignatureVersion"
        case signature = "Signature"
        case signingCertURL = "SigningCertURL"
        case signingCertUrl = "SigningCertUrl"
        case token = "Token"
        case subscribeURL = "SubscribeURL"
    }
}
