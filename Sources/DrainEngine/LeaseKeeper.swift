/// When one of several processes may decide, as a value: it says what to ask of the ledger, is told the answers, and
/// knows since when.
///
/// No two clocks are compared. One that waits counts, by its own uptime, how long the lease has not changed since it
/// heard so; the holder counts from when it sent the last renewal that was answered, and stops well before.
public struct LeaseKeeper: Sendable {
    /// Between two renewals.
    public static let renewalInterval = Duration.seconds(3)
    /// For so long after a renewal its holder decides.
    public static let validity = Duration.seconds(6)
    /// For so long a lease must not have changed before another may claim it.
    public static let patience = Duration.seconds(10)
    /// For so long AWS may not have answered, and been asked twice in turn, before the holder leaves the lease to others:
    /// they may reach AWS.
    public static let seclusion = Duration.seconds(10)
    /// For so long it leaves the lease to them, who look more often.
    public static let deference = Duration.seconds(5)
    /// Between two looks of one that waits, and after what failed.
    public static let watchInterval = Duration.seconds(1)

    /// What to ask of the ledger.
    public enum Step: Hashable, Sendable {
        case look
        case claim(after: Lease?)
        case renew(Lease)
        case handOver(Lease)
    }

    private enum State: Hashable {
        case unseen
        /// For so long it has not changed, up to when it was last heard of; nil where the ledger failed since.
        case watching(Lease?, silence: Duration, heardAt: Duration?)
        case holding(Lease, renewedAt: Duration)
    }

    private let name: String
    private var state = State.unseen
    private var dueAt = Duration.zero
    private var aws = Reach()
    private var defersUntil = Duration.zero

    /// Whether AWS answers.
    private struct Reach {
        var answeredAt = Duration.zero
        /// Since when it has answered nothing that was asked; nil where it answers.
        var silentSince: Duration?
        /// When a read failed last, and how many have failed since then, each sent after the one before.
        var failedAt = Duration.zero
        var failures = 0
    }

    /// - Parameter name: of this process, as it claims the lease.
    public init(name: String) { self.name = name }

    /// The lease, as long as it is not known to be somebody else's.
    public var held: Lease? { if case .holding(let lease, _) = state { lease } else { nil } }

    /// The lease of another who is not known to be dead.
    public var watched: Lease? {
        if case .watching(let lease?, _, _) = state, lease.holder != nil { lease } else { nil }
    }

    /// Whether what is decided now, no other can have decided already.
    public func mayDecide(at uptime: Duration) -> Bool {
        if case .holding(_, let renewedAt) = state { uptime - renewedAt < Self.validity } else { false }
    }

    /// What to do now; nil before ``dueAt``. To be asked again when that was answered.
    public func step(at uptime: Duration) -> Step? {
        guard uptime >= dueAt else { return nil }
        switch state {
        case .watching(let lease, let silence, let heardAt?):
            return mayClaim(lease, after: silence + (uptime - heardAt), at: uptime) ? .claim(after: lease) : .look
        case .unseen, .watching: return .look
        case .holding(let lease, _):
            // While the ledger does not answer, nobody else could take it.
            let isSilent = aws.silentSince.map { uptime - $0 >= Self.seclusion } ?? false
            return isSilent && aws.failures > 1 && mayDecide(at: uptime) ? .handOver(lease) : .renew(lease)
        }
    }

    /// When there is something to do next.
    public var wakeAt: Duration { dueAt }

    private func mayClaim(_ lease: Lease?, after silence: Duration, at uptime: Duration) -> Bool {
        guard uptime >= defersUntil else { return false }
        guard let holder = lease?.holder else { return true }
        // Its own name: a claim whose answer was lost.
        return holder.name == name || silence >= Self.patience
    }

    // MARK: Answers

    public mutating func saw(_ lease: Lease?, at uptime: Duration) {
        var silence = Duration.zero
        if case .watching(let before, let counted, let heardAt) = state, before == lease {
            silence = counted + (heardAt.map { uptime - $0 } ?? .zero)
        }
        state = .watching(lease, silence: silence, heardAt: uptime)
        dueAt = mayClaim(lease, after: silence, at: uptime) ? uptime : uptime + Self.watchInterval
    }

    /// - Parameters:
    ///   - lease: nil where another was faster.
    ///   - sentAt: when it was asked for.
    public mutating func claimed(_ lease: Lease?, sentAt: Duration, at uptime: Duration) {
        guard let lease else { return lost(at: uptime) }
        aws = Reach()
        state = .holding(lease, renewedAt: sentAt)
        dueAt = sentAt + Self.renewalInterval
    }

    public mutating func renewed(_ lease: Lease, sentAt: Duration) {
        state = .holding(lease, renewedAt: sentAt)
        dueAt = sentAt + Self.renewalInterval
    }

    /// It is about to be handed over: from now on another may decide.
    public mutating func handsOver(at uptime: Duration) {
        lost(at: uptime)
        defersUntil = uptime + Self.deference
    }

    /// What came of a read of AWS that was sent then.
    public mutating func asked(isAnswered: Bool, sentAt: Duration, at uptime: Duration) {
        if isAnswered {
            aws = Reach(answeredAt: uptime)
        } else {
            aws.silentSince = aws.silentSince ?? max(sentAt, aws.answeredAt)
            // Of several that were sent together, one counts.
            if aws.failures == 0 || sentAt >= aws.failedAt {
                aws.failures += 1
                aws.failedAt = uptime
            }
        }
    }

    /// It is somebody else's.
    public mutating func lost(at uptime: Duration) {
        state = .unseen
        dueAt = uptime
    }

    /// The ledger did not answer. To one that waits, that silence is the ledger's, not the holder's: it does not count.
    public mutating func failed(at uptime: Duration) {
        if case .watching(let lease, let silence, _) = state {
            state = .watching(lease, silence: silence, heardAt: nil)
        }
        dueAt = uptime + Self.watchInterval
    }
}
