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
    /// Between two looks of one that waits, and after what failed.
    public static let watchInterval = Duration.seconds(1)

    /// What to ask of the ledger.
    public enum Step: Hashable, Sendable {
        case look
        case claim(after: Lease?)
        case renew(Lease)
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
            return mayClaim(lease, after: silence + (uptime - heardAt)) ? .claim(after: lease) : .look
        case .unseen, .watching: return .look
        case .holding(let lease, _): return .renew(lease)
        }
    }

    /// When there is something to do next.
    public var wakeAt: Duration { dueAt }

    private func mayClaim(_ lease: Lease?, after silence: Duration) -> Bool {
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
        dueAt = mayClaim(lease, after: silence) ? uptime : uptime + Self.watchInterval
    }

    /// - Parameters:
    ///   - lease: nil where another was faster.
    ///   - sentAt: when it was asked for.
    public mutating func claimed(_ lease: Lease?, sentAt: Duration, at uptime: Duration) {
        guard let lease else { return lost(at: uptime) }
        state = .holding(lease, renewedAt: sentAt)
        dueAt = sentAt + Self.renewalInterval
    }

    public mutating func renewed(_ lease: Lease, sentAt: Duration) {
        state = .holding(lease, renewedAt: sentAt)
        dueAt = sentAt + Self.renewalInterval
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
