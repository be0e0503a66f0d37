import FoundationEssentials
import HTTPTransport
import SimulatedWorld

/// A delivery as SNS posts it: the signed JSON envelope and the headers around it.
///
/// Source: SNS developer guide, "HTTP/HTTPS headers" and "HTTP/HTTPS notification JSON format".
struct SNSEnvelope: Sendable {
    let delivery: World.Delivery
    /// Where this account serves, and pretends to be SNS: `http://127.0.0.1:PORT`.
    let origin: String
    let authority: SigningAuthority
    /// When it was published, on real time: receivers judge its age by their own clocks, however fast the world runs.
    let publishedAt: WorldTime

    var request: HTTPRequest {
        var headers: [(name: String, value: String)] = [
            ("x-amz-sns-message-type", delivery.kind.rawValue), ("x-amz-sns-message-id", delivery.messageID),
            ("x-amz-sns-topic-arn", delivery.topicARN), ("Content-Type", "text/plain; charset=UTF-8"),
            ("User-Agent", "Amazon Simple Notification Service Agent"), ("Accept-Encoding", "gzip,deflate"),
        ]
        if delivery.isRaw { headers.append(("x-amz-sns-rawdelivery", "true")) }
        if let arn = delivery.subscriptionARN { headers.append(("x-amz-sns-subscription-arn", arn)) }
        return HTTPRequest(
            method: "POST", url: delivery.endpoint, headers: headers,
            body: delivery.isRaw ? Array(delivery.message.utf8) : envelope, timeout: .seconds(15),
            maximumResponseBytes: 64 << 10, usesProxy: false)
    }

    private var envelope: [UInt8] {
        var fields: [String: JSON] = [
            "Type": .text(delivery.kind.rawValue), "MessageId": .text(delivery.messageID),
            "TopicArn": .text(delivery.topicARN), "Message": .text(delivery.message),
            "Timestamp": .text(publishedAt.iso8601),
            "SignatureVersion": .text(String(delivery.signatureVersion)),
            "Signature": .text(
                Data(authority.sign(stringToSign, version: delivery.signatureVersion)).base64EncodedString()),
            "SigningCertURL": .text(origin + authority.certificatePath),
        ]
        if let subject = delivery.subject, delivery.kind == .notification { fields["Subject"] = .text(subject) }
        if delivery.kind == .notification {
            fields["UnsubscribeURL"] = .text(
                "\(origin)/?Action=Unsubscribe&SubscriptionArn=\(delivery.subscriptionARN ?? "")")
        } else {
            fields["Token"] = JSON(delivery.token)
            fields["SubscribeURL"] = .text(subscribeURL)
        }
        return JSON.object(fields).written
    }

    private var subscribeURL: String {
        "\(origin)/?Action=ConfirmSubscription&TopicArn=\(delivery.topicARN)&Token=\(delivery.token ?? "")"
    }

    private var stringToSign: String {
        var lines = ["Message", delivery.message, "MessageId", delivery.messageID]
        if delivery.kind == .notification {
            if let subject = delivery.subject { lines += ["Subject", subject] }
        } else {
            lines += ["SubscribeURL", subscribeURL]
        }
        lines += ["Timestamp", publishedAt.iso8601]
        if delivery.kind != .notification { lines += ["Token", delivery.token ?? ""] }
        lines += ["TopicArn", delivery.topicARN, "Type", delivery.kind.rawValue]
        return lines.map { "\($0)\n" }.joined()
    }
}
