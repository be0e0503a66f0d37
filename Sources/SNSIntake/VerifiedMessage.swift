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

    init(_ message: SNSMessage) throws(SNSRefusal) {
        topicARN = message.topicARN
        messageID = message.messageID
        timestamp = message.timestamp
        mentionsLifecycleAction = AutoScalingNotification.mentionsAction(message.message)
        switch message.type {
        case .notification:
            do throws(AutoScalingNotification.Unusable) {
                content = .notification(
                    try AutoScalingNotification.event(in: message.message, sentAt: message.timestamp))
            } catch {
                throw SNSRefusal(.unreadable, error.reason)
            }
        case .subscriptionConfirmation: content = .subscriptionConfirmation(token: message.token ?? "")
        case .unsubscribeConfirmation: content = .unsubscribeConfirmation
        }
    }
}
