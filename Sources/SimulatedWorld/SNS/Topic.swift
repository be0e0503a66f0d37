extension World {
    /// An SNS topic.
    public struct Topic: Hashable, Sendable {
        public let name: String
        public let arn: String
        /// 1 (SHA-1, AWS's default) or 2 (SHA-256).
        public var signatureVersion: Int
    }

    /// A subscription to a topic.
    public struct Subscription: Hashable, Sendable {
        public let topicARN: String
        /// Used once confirmed; until then AWS says `PendingConfirmation`.
        public let arn: String
        /// `http` or `https`.
        public let subscriptionProtocol: String
        public let endpoint: String
        /// What confirms it, once its SubscriptionConfirmation has arrived.
        public let token: String
        public internal(set) var isConfirmed: Bool
        public var deliveryPolicy: DeliveryPolicy
        /// `RawMessageDelivery`: notifications come bare, without envelope and signature.
        public var isRaw = false
    }

    /// `healthyRetryPolicy` of a subscription: how often and how late SNS tries again.
    public struct DeliveryPolicy: Hashable, Sendable {
        /// At most 100.
        public var numRetries: Int
        /// Of those, at once.
        public var numNoDelayRetries: Int
        /// Of those, next, each after ``minDelayTarget``.
        public var numMinDelayRetries: Int
        /// Of those, the last, each after ``maxDelayTarget``; what is left in between grows from one to the other.
        public var numMaxDelayRetries: Int
        public var minDelayTarget: Duration
        public var maxDelayTarget: Duration
        public var backoffFunction: BackoffFunction

        public enum BackoffFunction: String, Hashable, Sendable {
            case linear
            case exponential
        }

        /// AWS's default: three retries, 20 s apart.
        public init(
            numRetries: Int = 3, numNoDelayRetries: Int = 0, numMinDelayRetries: Int = 0, numMaxDelayRetries: Int = 0,
            minDelayTarget: Duration = .seconds(20), maxDelayTarget: Duration = .seconds(20),
            backoffFunction: BackoffFunction = .linear
        ) {
            self.numRetries = numRetries
            self.numNoDelayRetries = numNoDelayRetries
            self.numMinDelayRetries = numMinDelayRetries
            self.numMaxDelayRetries = numMaxDelayRetries
            self.minDelayTarget = minDelayTarget
            self.maxDelayTarget = maxDelayTarget
            self.backoffFunction = backoffFunction
        }
    }
}
