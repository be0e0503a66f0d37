import DrainEngine
import DrainModel

@testable import DrainSimulation

/// The ledger of the simulation, as every other is used, and failing on command.
actor FailingLedger: SharedLedger {
    enum Fault {
        /// Nothing is written.
        case refused
        /// It is written, and nobody hears so.
        case answerLost
    }

    private var memory = MemoryLedger()
    private var faults: [Fault] = []

    /// What becomes of the next writes, one after the other.
    func fail(_ faults: Fault...) { self.faults += faults }

    private func write<Answer>(
        _ change: (inout MemoryLedger) throws(LedgerError) -> Answer
    ) throws(LedgerError) -> Answer {
        let fault = faults.isEmpty ? nil : faults.removeFirst()
        if fault == .refused { throw .unavailable("on command") }
        let answer = try change(&memory)
        if fault == .answerLost { throw .unknownOutcome("on command") }
        return answer
    }

    // MARK: Ledger

    func beginEpoch() async throws(LedgerError) -> Epoch { try write { $0.beginEpoch() } }

    func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance {
        try write { (memory) throws(LedgerError) in try memory.accept(drain, epoch: epoch) }
    }

    func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError) {
        try write { (memory) throws(LedgerError) in try memory.update(drains, epoch: epoch) }
    }

    func activeDrains() async throws(LedgerError) -> [Drain] { memory.activeDrains }

    func drain(_ id: DrainID) async throws(LedgerError) -> Drain? { memory.drains[id] }

    func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage {
        let newest = memory.drains.values.sorted { ($0.acceptedAt, $0.id) > ($1.acceptedAt, $1.id) }
        let matching = newest.filter { drain in
            let isFinished = drain.phase == .finished
            let isInState = query.state == .all || isFinished == (query.state == .finished)
            return isInState && (query.cluster.map { $0 == drain.location?.cluster } ?? true)
        }
        let rest = query.after.flatMap { id in matching.firstIndex { $0.id == id } }.map { matching[($0 + 1)...] }
        let page = (rest ?? matching[...]).prefix(query.limit)
        let hasMore = page.count < (rest ?? matching[...]).count
        return DrainPage(drains: Array(page), next: hasMore ? page.last?.id : nil)
    }

    func checkWritable() async throws(LedgerError) { try write { _ in } }

    // MARK: The lease

    func lease() async throws(LedgerError) -> Lease? { memory.lease }

    func claim(_ holder: Lease.Holder, after seen: Lease?) async throws(LedgerError) -> Lease? {
        try write { $0.claim(holder, after: seen) }
    }

    func renew(_ lease: Lease) async throws(LedgerError) -> Lease {
        try write { (memory) throws(LedgerError) in try memory.renew(lease) }
    }

    func handOver(_ lease: Lease) async throws(LedgerError) { try write { $0.handOver(lease) } }

    func leave(_ note: Note) async throws(LedgerError) { try write { $0.leave(note) } }

    func takeNotes(in epoch: Epoch) async throws(LedgerError) -> [Note] {
        try write { (memory) throws(LedgerError) in try memory.takeNotes(in: epoch) }
    }
}
