public import DrainModel
import FoundationEssentials

/// What a message of a queue says: what Auto Scaling or EventBridge sent to the queue themselves, or the same in the
/// envelope in which SNS delivers it there.
///
/// A queue takes messages only from whom its policy allows, so the message is believed, and the envelope's signature is
/// not looked at.
public struct QueuedMessage: Hashable, Sendable {
    public let content: VerifiedMessage.Content
    /// The topic that it came through; nil without an envelope.
    public let topicARN: String?

    /// It is nothing that can be told to be none of our business.
    public struct Unreadable: Error, Hashable, Sendable {
        /// In our own words: safe to log.
        public let reason: String
    }

    /// - Parameters:
    ///   - sentAt: stands in where the message does not say when what it tells of began.
    ///   - topics: through which CloudFormation may ask for something.
    ///   - developmentResponseOrigin: see ``SNSTrustPolicy/developmentResponseOrigin``.
    public init(
        _ body: String, sentAt: Timestamp, topics: Set<String> = [], developmentResponseOrigin: String? = nil
    ) throws(Unreadable) {
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(body.utf8)) else {
            throw Unreadable(reason: "not a JSON object")
        }
        guard let type = envelope.type.flatMap(SNSMessage.MessageType.init), let topic = envelope.topicARN else {
            if StackRequestReader.isRequest(body) {
                throw Unreadable(
                    reason: "a request of CloudFormation without the envelope of SNS: turn raw message delivery off")
            }
            topicARN = nil
            content = .notification(try Self.event(in: body, sentAt: sentAt))
            return
        }
        topicARN = topic
        switch type {
        case .notification:
            let publishedAt = envelope.timestamp.flatMap { Timestamp(rfc3339: $0) } ?? sentAt
            let request = try Self.request(
                in: envelope.message ?? "", topic, sentAt: publishedAt, topics, developmentResponseOrigin)
            if let request {
                content = .notification(request)
            } else {
                content = .notification(try Self.event(in: envelope.message ?? "", sentAt: publishedAt))
            }
        case .subscriptionConfirmation:
            guard let token = envelope.token else {
                throw Unreadable(reason: "a request to confirm a subscription without a Token")
            }
            content = .subscriptionConfirmation(token: token)
        case .unsubscribeConfirmation: content = .unsubscribeConfirmation
        }
    }

    /// Something that CloudFormation asks for, if it is that.
    private static func request(
        in text: String, _ topic: String, sentAt: Timestamp, _ topics: Set<String>, _ developmentOrigin: String?
    ) throws(Unreadable) -> Event? {
        do throws(StackRequestReader.Refusal) {
            let request = try StackRequestReader.message(
                in: text, topicARN: topic, sentAt: sentAt, developmentOrigin: developmentOrigin)
            guard let request else { return nil }
            guard topics.contains(topic) else {
                throw .init(
                    "a request of CloudFormation through a topic that is not obeyed (--topic)", isForbidden: true)
            }
            return .stackRequest(request)
        } catch {
            throw Unreadable(reason: error.reason)
        }
    }

    private static func event(in text: String, sentAt: Timestamp) throws(Unreadable) -> Event {
        guard (try? JSONDecoder().decode(JSONObject.self, from: Data(text.utf8))) != nil else {
            throw Unreadable(reason: "what SNS delivered is not a JSON object")
        }
        let event: Event
        do throws(AutoScalingNotification.Unusable) {
            event = try AutoScalingNotification.event(in: text, sentAt: sentAt)
        } catch {
            throw Unreadable(reason: error.reason)
        }
        // Should it be a hook in a form that we do not know, nobody would answer it.
        if case .unrelated = event, AutoScalingNotification.mentionsAction(text) {
            throw Unreadable(reason: "it speaks of a lifecycle action in a form that is not known")
        }
        return event
    }
}

/// The JSON as SNS writes it, or any other.
private struct Envelope: Decodable {
    let type: String?
    let topicARN: String?
    let message: String?
    let timestamp: String?
    let token: String?

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case topicARN = "TopicArn"
        case message = "Message"
        case timestamp = "Timestamp"
        case token = "Token"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) -> String? { try? container.decode(String.self, forKey: key) }
        type = text(.type)
        topicARN = text(.topicARN)
        message = text(.message)
        timestamp = text(.timestamp)
        token = text(.token)
    }
}

/// Any object, whatever is in it.
private struct JSONObject: Decodable {
    private enum NoKeys: CodingKey {}

    init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: NoKeys.self) }
}
