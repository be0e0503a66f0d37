public import DrainModel

/// A message that AWS signed, from a topic that is obeyed. Only ``SNSVerifier`` can make one.
public struct VerifiedMessage: Hashable, Sendable {
    public let topicARN: String
    public let messageID: String
    public let timestamp: Timestamp
    public let content: Content
    /// Whether its text holds the words by which lifecycle actions are known that somebody is to answer here, whatever it
    /// was read as; those of launching instances are not.
    public let mentionsLifecycleAction: Bool

    public enum Content: Hashable, Sendable {
        case notification(Event)
        /// To be answered by calling ConfirmSubscription with our own credentials, never by fetching a URL.
        case subscriptionConfirmation(token: String)
        case unsubscribeConfirmation
    }

    init(_ message: SNSMessage, developmentResponseOrigin: String? = nil) throws(SNSRefusal) {
        topicARN = message.topicARN
        messageID = message.messageID
        timestamp = message.timestamp
        mentionsLifecycleAction = AutoScalingNotification.mentionsAction(message.message)
        switch message.type {
        case .notification: content = .notification(try Self.event(message, developmentResponseOrigin))
        case .subscriptionConfirmation: content = .subscriptionConfirmation(token: message.token ?? "")
        case .unsubscribeConfirmation: content = .unsubscribeConfirmation
        }
    }

    private static func event(
        _ message: SNSMessage, _ developmentResponseOrigin: String?
    ) throws(SNSRefusal) -> Event {
        do throws(StackRequestReader.Refusal) {
            let request = try StackRequestReader.message(
                in: message.message, topicARN: message.topicARN, sentAt: message.timestamp,
                developmentOrigin: developmentResponseOrigin)
            if let request { return .stackRequest(request) }
        } catch {
            throw SNSRefusal(error.isForbidden ? .forbidden : .unreadable, error.reason)
        }
        do throws(AutoScalingNotification.Unusable) {
            return try AutoScalingNotification.event(in: message.message, sentAt: message.timestamp)
        } catch {
            throw SNSRefusal(.unreadable, error.reason)
        }
    }
}
