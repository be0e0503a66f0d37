extension World {
    /// What goes wrong, as data: how often each fault comes, drawn from a generator of its own, so that faults shift
    /// nothing else in the world. Frequencies are from 0 (never, the default) to 1 (always).
    public struct Faults: Sendable {
        /// AWS's published limits hold for the account (``RateLimits``).
        public var limitsRates = false
        /// A call is throttled though there would be a token: somebody else's calls took it.
        public var throttled = 0.0
        /// A call fails before it has had any effect.
        public var failed = 0.0
        /// A call has its effect, and its answer is lost.
        public var answerLost = 0.0
        /// An entry of a batch is among the answer's `failures`.
        public var entryFailed = 0.0
        /// Of the notifications that a topic sends to a subscription:
        public var messageLost = 0.0
        /// It comes twice, with one message id.
        public var messageDuplicated = 0.0
        /// It comes late, so that a later one may overtake it.
        public var messageDelayed = 0.0
        public var longestMessageDelay = Duration.seconds(300)
        /// SNS never hears a good answer of the endpoint, and tries again.
        public var receiptLost = 0.0

        public internal(set) var rateLimits = RateLimits()
        var random: SeededGenerator

        public init(seed: UInt64 = 0) { random = SeededGenerator(seed: seed, stream: 2) }

        /// Whether something of that frequency happens now. What never happens draws nothing.
        mutating func strikes(_ frequency: Double) -> Bool {
            frequency > 0 && Double(random.next() >> 11) * 0x1p-53 < frequency
        }

        mutating func messageDelay() -> Duration {
            let longest = longestMessageDelay.wholeMilliseconds
            guard longest > 0, strikes(messageDelayed) else { return .zero }
            return .milliseconds(Int64(random.next(upperBound: UInt64(longest))) + 1)
        }
    }

    /// What becomes of a call.
    public enum Admission: Hashable, Sendable {
        case proceed
        /// Answered with this instead: "Rate exceeded".
        case throttle(Failure)
        /// Answered with this instead: a fault of the server.
        case fail(Failure)
        /// To be performed, but the caller gets no answer.
        case loseAnswer
    }
}
