public import DrainModel

/// Where drains are kept: whatever was acknowledged with a 2xx is in here, on disk.
///
/// What a call writes is durable when it returns; on an error nothing was changed, except that after
/// ``LedgerError/unknownOutcome(_:)`` it may have been, and of an ``update(_:epoch:)`` some of it.
public protocol Ledger: Sendable {
    /// Opens a new epoch, higher than every one before: the name under which one writer writes from now on.
    func beginEpoch() async throws(LedgerError) -> Epoch

    /// Records a drain that just came in. Idempotent by ``Drain/id``: of an id that is known nothing changes. An
    /// action that names no token, or that an open drain has been adopted for without one, is that drain's
    /// (``LifecycleAction/mayBe(_:)``); then the token is recorded. An action that names no token is not taken up again
    /// either once an operator has called off the drain of its hook and instance, for as long as Auto Scaling may wait.
    ///
    /// - Parameter epoch: nil where another process decides, which then finds a ``Note`` of it (``SharedLedger``).
    func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance

    /// Records new versions of known drains, each of them whole. Many may take several transactions: after an error some
    /// may be recorded and others not, until all are recorded by another try.
    ///
    /// - Throws: ``LedgerError/fenced`` when a later epoch has begun; the writer must stop writing.
    ///   A drain that is recorded as finished stays as it is: finished is final. What is finished and came in longer ago
    ///   than the ``LedgerRetention`` is forgotten, at the latest when another one finishes.
    func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError)

    /// Every drain that is not finished, oldest acceptance first.
    func activeDrains() async throws(LedgerError) -> [Drain]

    func drain(_ id: DrainID) async throws(LedgerError) -> Drain?

    func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage

    /// Proves that a write would succeed now, by making one.
    func checkWritable() async throws(LedgerError)
}

/// How long what is finished is kept, to be looked up: a ledger that only grows fills its disk one day.
public enum LedgerRetention {
    /// From acceptance. No drain lasts longer than two days, so each is kept for four weeks after its end.
    public static let finished = Duration.seconds(30 * 24 * 3600)
}

/// A writer's number. Every write carries it, so that a writer that was replaced can change nothing more.
public struct Epoch: Hashable, Comparable, Sendable {
    public let number: Int64

    public init(number: Int64) { self.number = number }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

public enum Acceptance: Hashable, Sendable {
    /// Recorded just now.
    case accepted
    /// Known already, perhaps finished already; the argument is the drain as it is recorded.
    case duplicate(Drain)
}

public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A later epoch has begun: another writer took over.
    case fenced
    /// It cannot be written or read now (disk full, locked, away); another try could succeed.
    case unavailable(String)
    /// The answer was lost: it may have been written.
    case unknownOutcome(String)
    /// What is stored cannot be understood: made by a newer version, or damaged.
    case unreadable(String)

    public var description: String {
        switch self {
        case .fenced: "another draind has taken over this ledger"
        case .unavailable(let reason): "the ledger is not available: \(reason)"
        case .unknownOutcome(let reason): "it is not known whether the ledger has recorded it: \(reason)"
        case .unreadable(let reason): "the ledger holds something this version cannot read: \(reason)"
        }
    }
}
