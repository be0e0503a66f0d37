import NIOCore

/// Where a connection stands, and when it has to end.
///
/// It decides and does nothing: ``RequestGuard`` tells it what happens and when, and closes what is due.
struct ConnectionPhase {
    private let limits: ConnectionLimits
    private var deadlines: Deadlines
    /// Requests whose head came in and whose answer has not left yet: more than one only if the client pipelines.
    private var unanswered = 0
    private var isReading = false
    private var isRejecting = false
    private var bytesToDiscard: Int?

    /// At most one of each; the earliest ends the connection.
    private struct Deadlines {
        var idle: NIODeadline?
        var reading: NIODeadline?
        var exchange: NIODeadline?
        var linger: NIODeadline?
    }

    enum Step: Equatable {
        case carryOn
        /// Say that nothing more will be said, and throw away what still comes.
        case linger
        case close
    }

    /// A connection that has just been opened.
    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        deadlines = Deadlines(idle: now + TimeAmount(min(limits.idle, limits.reading)))
    }

    /// When the connection is to be closed unless something happens before; nil for never.
    var deadline: NIODeadline? {
        [deadlines.idle, deadlines.reading, deadlines.exchange, deadlines.linger].compactMap(\.self).min()
    }

    /// Whether what the client sends is thrown away.
    var isLingering: Bool { bytesToDiscard != nil }

    mutating func headReceived(at now: NIODeadline) {
        unanswered += 1
        isReading = true
        deadlines.idle = nil
        // A pipelined request is not in the hands of the client before the one ahead of it is answered.
        if unanswered == 1 { startExchange(at: now) }
    }

    mutating func endReceived() {
        isReading = false
        deadlines.reading = nil
    }

    mutating func discarded(_ bytes: Int) -> Step {
        guard let bytesToDiscard else { return .carryOn }
        self.bytesToDiscard = bytesToDiscard - bytes
        return bytes > bytesToDiscard ? .close : .carryOn
    }

    /// The head of an answer is about to be written. True when its request is not wholly read: then the
    /// connection cannot be used again, and the answer must say so.
    mutating func answerBegins() -> Bool {
        if isReading, unanswered <= 1 { isRejecting = true }
        return isRejecting
    }

    /// The last byte of an answer has left.
    mutating func answerLeft(at now: NIODeadline) -> Step {
        unanswered = max(0, unanswered - 1)
        deadlines = Deadlines()
        if isRejecting {
            bytesToDiscard = limits.lingerBytes
            deadlines.linger = now + TimeAmount(limits.linger)
            return .linger
        }
        if unanswered > 0 { startExchange(at: now) } else { deadlines.idle = now + TimeAmount(limits.idle) }
        return .carryOn
    }

    private mutating func startExchange(at now: NIODeadline) {
        deadlines.exchange = now + TimeAmount(limits.exchange)
        if isReading { deadlines.reading = now + TimeAmount(limits.reading) }
    }
}
