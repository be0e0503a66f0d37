import DrainEngine
import DrainModel

/// The ledger's promises (``Ledger``) in memory, without waiting.
struct MemoryLedger {
    private(set) var drains: [DrainID: Drain] = [:]
    private var epoch: Int64 = 0

    @discardableResult
    mutating func beginEpoch() -> Epoch {
        epoch += 1
        return Epoch(number: epoch)
    }

    mutating func accept(_ drain: Drain, epoch: Epoch) throws(LedgerError) -> Acceptance {
        try requireCurrent(epoch)
        if let known = drains[drain.id] { return .duplicate(known) }
        if let known = adopted(for: drain) {
            let heard = DrainMachine.heard(known, drain.action?.token)
            drains[known.id] = heard
            return .duplicate(heard)
        }
        if let cancelled = cancelled(like: drain) { return .duplicate(cancelled) }
        drains[drain.id] = drain
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
        guard epoch.number == self.epoch else { throw .fenced }
    }
}
