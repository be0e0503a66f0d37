public import DrainModel

/// A ledger that several processes write to. Each of them accepts; one, the holder of the lease, decides.
///
/// One lease for all clusters, not one for each: AWS counts requests by account and region, so two that decide would need
/// to divide the share of the request rates between them, and would sweep and search twice.
public protocol SharedLedger: Ledger {
    /// The lease as it is recorded; nil where nobody ever held it.
    func lease() async throws(LedgerError) -> Lease?

    /// Takes the lease in a new epoch, unless it is no longer as it was `seen`.
    ///
    /// - Returns: nil when somebody else was faster, or its holder lives.
    func claim(_ holder: Lease.Holder, after seen: Lease?) async throws(LedgerError) -> Lease?

    /// Says that its holder lives.
    ///
    /// - Throws: ``LedgerError/fenced`` when it is somebody else's.
    func renew(_ lease: Lease) async throws(LedgerError) -> Lease

    /// Hands the lease over to whoever claims it next, without their having to wait; nothing when it is somebody else's.
    func handOver(_ lease: Lease) async throws(LedgerError)

    /// Leaves word for the holder.
    func leave(_ note: Note) async throws(LedgerError)

    /// Takes what has been left, oldest first, as the holder of the lease in this epoch. What is taken, and not carried out,
    /// is lost: whoever left it asks again.
    ///
    /// - Throws: ``LedgerError/fenced`` when the lease is somebody else's, to whom it is left.
    func takeNotes(in epoch: Epoch) async throws(LedgerError) -> [Note]
}

/// Who decides, as the ledger records it.
public struct Lease: Hashable, Sendable {
    /// Under which its holder writes. Each claim opens the next.
    public let epoch: Epoch
    /// nil once it was handed over.
    public let holder: Holder?
    /// Counted up by each renewal: that it changes shows that its holder lives.
    public let beat: Int64

    public init(epoch: Epoch, holder: Holder?, beat: Int64) {
        self.epoch = epoch
        self.holder = holder
        self.beat = beat
    }

    public struct Holder: Hashable, Sendable {
        /// Of one process, and of no other: for people, and to know oneself.
        public let name: String
        /// By which it decides, by their names: whoever shares the ledger must decide alike.
        public let settings: [String: String]

        public init(name: String, settings: [String: String] = [:]) {
            self.name = name
            self.settings = settings
        }
    }
}

/// What one process tells the one that decides.
public enum Note: Hashable, Sendable, Codable {
    /// It accepted this drain.
    case accepted(DrainID)
    /// It heard the token of this drain's action. That is recorded too, until the one that decides writes what it knows.
    case heard(DrainID, LifecycleActionToken)
    /// An operator's word.
    case seekAction(DrainID)
    case cancel(DrainID)
    case complete(DrainID, LifecycleActionResult)
    /// EC2 recommends to replace a Spot instance.
    case rebalanceRecommended(InstanceID, at: Timestamp)
    /// Something has changed (``ChangeHint``).
    case hinted(ClusterName?, InstanceID?)
}
