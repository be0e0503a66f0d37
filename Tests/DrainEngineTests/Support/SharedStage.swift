import DrainEngine
import DrainModel
import Synchronization

/// A stage whose ledger several controllers share.
final class SharedStage: SharedLedger {
    let stage = Stage()

    private struct State {
        var lease: Lease?
        var notes: [Note] = []
        var isAway = false
        var losesNotes = false
    }

    private let state = Mutex(State())

    var holder: String? { state.withLock { $0.lease?.holder?.name } }

    /// The lease can be neither read nor written from now on.
    func goAway() { state.withLock { $0.isAway = true } }

    /// The answer with the next notes is lost, once they are taken.
    func loseNotes() { state.withLock { $0.losesNotes = true } }

    /// Somebody else takes it, who decides from then on.
    func take() { state.withLock { $0.lease = Self.next($0.lease, Lease.Holder(name: "another")) } }

    private static func next(_ lease: Lease?, _ holder: Lease.Holder?) -> Lease {
        Lease(epoch: Epoch(number: (lease?.epoch.number ?? 0) + 1), holder: holder, beat: (lease?.beat ?? 0) + 1)
    }

    private func answering<T>(_ change: (inout State) throws(LedgerError) -> T) throws(LedgerError) -> T {
        try state.withLock { (state) throws(LedgerError) in
            if state.isAway { throw LedgerError.unavailable("away") }
            return try change(&state)
        }
    }

    // MARK: The lease

    func lease() async throws(LedgerError) -> Lease? { try answering { $0.lease } }

    func claim(_ holder: Lease.Holder, after seen: Lease?) async throws(LedgerError) -> Lease? {
        try answering { state in
            guard state.lease == seen else { return nil }
            state.lease = Self.next(seen, holder)
            return state.lease
        }
    }

    func renew(_ lease: Lease) async throws(LedgerError) -> Lease {
        try answering { (state) throws(LedgerError) in
            guard let held = state.lease, held.epoch == lease.epoch else { throw .fenced }
            let renewed = Lease(epoch: held.epoch, holder: held.holder, beat: held.beat + 1)
            state.lease = renewed
            return renewed
        }
    }

    func handOver(_ lease: Lease) async throws(LedgerError) {
        try answering { state in
            guard let held = state.lease, held.epoch == lease.epoch else { return }
            state.lease = Lease(epoch: held.epoch, holder: nil, beat: held.beat + 1)
        }
    }

    func leave(_ note: Note) async throws(LedgerError) { try answering { $0.notes.append(note) } }

    func takeNotes(in epoch: Epoch) async throws(LedgerError) -> [Note] {
        try requireCurrent(epoch)
        return try answering { (state) throws(LedgerError) in
            defer { state.notes = [] }
            guard state.losesNotes, !state.notes.isEmpty else { return state.notes }
            state.losesNotes = false
            throw .unknownOutcome("no answer")
        }
    }

    // MARK: The drains

    func beginEpoch() async throws(LedgerError) -> Epoch { try await stage.beginEpoch() }

    func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance {
        try requireCurrent(epoch)
        let acceptance = try await stage.accept(drain, epoch: epoch)
        if epoch == nil { try await leave(.accepted(drain.id)) }
        return acceptance
    }

    func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError) {
        try requireCurrent(epoch)
        try await stage.update(drains, epoch: epoch)
    }

    private func requireCurrent(_ epoch: Epoch?) throws(LedgerError) {
        if let epoch, state.withLock({ $0.lease?.epoch }) != epoch { throw .fenced }
    }

    func activeDrains() async throws(LedgerError) -> [Drain] { try await stage.activeDrains() }
    func drain(_ id: DrainID) async throws(LedgerError) -> Drain? { try await stage.drain(id) }
    func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage {
        try await stage.drains(matching: query)
    }
    func checkWritable() async throws(LedgerError) {}
}
