import DrainEngine
import DrainModel

/// The ledger's promises (``Ledger``, ``SharedLedger``) in memory, without waiting.
struct MemoryLedger {
    private(set) var drains: [DrainID: Drain] = [:]
    private(set) var lease: Lease?
    private var notes: [Note] = []

    var epoch: Epoch { lease?.epoch ?? Epoch(number: 0) }

    mutating func beginEpoch() -> Epoch { take(for: nil).epoch }

    mutating func accept(_ drain: Drain, epoch: Epoch?) throws(LedgerError) -> Acceptance {
        if let epoch { try requireCurrent(epoch) }
        if let known = drains[drain.id] { return .duplicate(known) }
        if let known = adopted(for: drain) {
            let heard = DrainMachine.heard(known, drain.action?.token)
            if epoch == nil, heard != known, let token = drain.action?.token { leave(.heard(known.id, token)) }
            drains[known.id] = heard
            return .duplicate(heard)
        }
        if let cancelled = cancelled(like: drain) { return .duplicate(cancelled) }
        drains[drain.id] = drain
        if epoch == nil { leave(.accepted(drain.id)) }
        return .accepted
    }

    /// What an operator has called off is not begun again while Auto Scaling may wait.
    private func cancelled(like drain: Drain) -> Drain? {
        guard let action = drain.action else { return nil }
        return drains.values.filter { known in
            guard known.outcome == .cancelled, let end = known.finishedAt else { return false }
            return known.action?.mayBe(action) ?? false
                && (action.token == nil ? drain.acceptedAt : action.startedAt) <= end + LifecycleHookTiming.longest
        }
        .max { ($0.acceptedAt, $0.id) < ($1.acceptedAt, $1.id) }
    }

    /// The open drain of the same action, if one of the two does not know its token.
    private func adopted(for drain: Drain) -> Drain? {
        guard let action = drain.action else { return nil }
        return activeDrains.first { known in
            guard let other = known.action, action.mayBe(other) else { return false }
            return action.token == nil || other.token == nil
        }
    }

    mutating func update(_ changed: [Drain], epoch: Epoch) throws(LedgerError) {
        try requireCurrent(epoch)
        for drain in changed where drains[drain.id]?.phase != .finished { drains[drain.id] = drain }
    }

    /// Oldest acceptance first.
    var activeDrains: [Drain] {
        drains.values.filter { $0.phase != .finished }.sorted { ($0.acceptedAt, $0.id) < ($1.acceptedAt, $1.id) }
    }

    private func requireCurrent(_ epoch: Epoch) throws(LedgerError) {
        guard epoch == self.epoch else { throw .fenced }
    }

    // MARK: The lease

    private mutating func take(for holder: Lease.Holder?) -> Lease {
        let next = Lease(epoch: Epoch(number: epoch.number + 1), holder: holder, beat: (lease?.beat ?? 0) + 1)
        lease = next
        return next
    }

    mutating func claim(_ holder: Lease.Holder, after seen: Lease?) -> Lease? {
        lease == seen ? take(for: holder) : nil
    }

    mutating func renew(_ lease: Lease) throws(LedgerError) -> Lease {
        try requireCurrent(lease.epoch)
        let renewed = Lease(epoch: lease.epoch, holder: lease.holder, beat: (self.lease?.beat ?? 0) + 1)
        self.lease = renewed
        return renewed
    }

    mutating func handOver(_ lease: Lease) {
        guard lease.epoch == epoch else { return }
        self.lease = Lease(epoch: epoch, holder: nil, beat: (self.lease?.beat ?? 0) + 1)
    }

    mutating func leave(_ note: Note) { notes.append(note) }

    mutating func takeNotes(in epoch: Epoch) throws(LedgerError) -> [Note] {
        try requireCurrent(epoch)
        defer { notes = [] }
        return notes
    }
}
