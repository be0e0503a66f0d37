extension World {
    /// One attempt to bring one message to one endpoint: whoever drives the world POSTs it and reports the answer with
    /// ``World/deliveryAnswered(_:_:)``.
    public struct Delivery: Hashable, Sendable, Identifiable {
        /// One attempt; a late report about an older one is void.
        public struct ID: Hashable, Sendable {
            let number: Int
            /// From 1.
            public let attempt: Int
        }

        public let id: ID
        public let endpoint: String
        public let kind: Kind
        /// Stable over the retries of one publish.
        public let messageID: String
        public let topicARN: String
        /// `x-amz-sns-subscription-arn`; nil for a SubscriptionConfirmation.
        public let subscriptionARN: String?
        public let subject: String?
        public let message: String
        /// For a confirmation.
        public let token: String?
        /// When it was published: the `Timestamp` of every attempt.
        public let timestamp: WorldTime
        public let signatureVersion: Int
        /// The message alone, without envelope and signature.
        public let isRaw: Bool
    }

    /// What became of an attempt.
    public enum DeliveryAnswer: Hashable, Sendable {
        /// An HTTP status: 200 to 499 ends the delivery (4xx: lost, SNS never retries it); others are failed attempts.
        case status(Int)
        /// No connection, or no answer within 15 s.
        case failure(String)
    }

    /// Totals of deliveries that have ended, or not.
    public struct DeliveryCounts: Hashable, Sendable {
        /// Answered with a status below 400.
        public internal(set) var delivered = 0
        /// Answered with 4xx: lost without a retry.
        public internal(set) var refused = 0
        /// Out of retries.
        public internal(set) var dropped = 0
        public internal(set) var failedAttempts = 0
    }
}

extension World.Delivery {
    /// `Type` and `x-amz-sns-message-type`.
    public enum Kind: String, Hashable, Sendable {
        case subscriptionConfirmation = "SubscriptionConfirmation"
        case notification = "Notification"
        case unsubscribeConfirmation = "UnsubscribeConfirmation"
    }
}
