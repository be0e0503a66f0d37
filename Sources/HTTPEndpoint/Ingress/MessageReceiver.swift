/// Whoever decides about a message that came in over HTTP.
public protocol MessageReceiver: Sendable {
    /// Verifies and records a message; returns once it is known what the sender is to be told.
    ///
    /// It is also called for messages that are forged, damaged or none of our business: nothing but their size
    /// has been looked at.
    func receive(_ message: ReceivedMessage) async -> Receipt
}

/// A POST as it came in; nothing in it is to be believed yet.
public struct ReceivedMessage: Hashable, Sendable {
    /// At most ``IngressServer/Configuration/maximumBodyBytes``.
    public let body: [UInt8]
    /// `x-amz-sns-message-type`: `Notification`, `SubscriptionConfirmation` or `UnsubscribeConfirmation`.
    public let messageType: String?
    /// Whether SNS says that it sends the message without its envelope, and so without a signature.
    public let isRawDelivery: Bool
    /// The address that the connection comes from, for the log.
    public let peer: String

    public init(
        body: [UInt8], messageType: String? = nil, isRawDelivery: Bool = false, peer: String = "unknown"
    ) {
        self.body = body
        self.messageType = messageType
        self.isRawDelivery = isRawDelivery
        self.peer = peer
    }
}

/// What the sender of a message is told. SNS tries again only after ``unavailable``; why a message is refused
/// is for the log alone.
public enum Receipt: Hashable, Sendable, CaseIterable {
    /// Durably recorded, now or before, or none of our business: 200.
    case accepted
    /// Not JSON, or not a message of SNS: 400.
    case unreadable
    /// Not to be believed, or not to be obeyed: 403.
    case refused
    /// Another try could succeed: 503.
    case unavailable
}
