import DrainEngine
import DrainModel
import Synchronization

/// A ledger in memory that fails when it is told to.
final class FakeLedger: Ledger {
    private struct State {
        var drains: [DrainID: Drain] = [:]
        var error: LedgerError?
    }

    private let state = Mutex(State())

    var drains: [Drain] { state.withLock { Array($0.drains.values) } }

    /// What each write throws, as long as it is set.
    func fail(with error: LedgerError?) { state.withLock { $0.error = error } }

    private func check() throws(LedgerError) { if let error = state.withLock({ $0.error }) { throw error } }

    func beginEpoch() async throws(LedgerError) -> Epoch { Epoch(number: 1) }

    func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance {
        try check()
        return state.withLock { state in
            if let known = state.drains[drain.id] { return .duplicate(known) }
            state.drains[drain.id] = drain
            return .accepted
        }
    }

    func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError) {
        try check()
        state.withLock { state in for drain in drains { state.drains[drain.id] = drain } }
    }

    func activeDrains() async throws(LedgerError) -> [Drain] { drains.filter { $0.phase != .finished } }
    func drain(_ id: DrainID) async throws(LedgerError) -> Drain? { state.withLock { $0.drains[id] } }
    func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage {
        DrainPage(drains: drains, next: nil)
    }
    func checkWritable() async throws(LedgerError) { try check() }
}

/// An AWS that answers nobody.
struct SilentAWS: ClusterObserver, ClusterActuator {
    func answer(to read: Read) async -> ReadAnswer { .failed(ReadFailure("silent")) }
    func perform(_ calls: [Call]) async -> [Call: CallAnswer] {
        Dictionary(uniqueKeysWithValues: calls.map { ($0, .unanswered("silent")) })
    }
}

/// Always the same moment.
struct StandstillClock: WallClock {
    func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: 1_700_000_000_000) }

    func sleep(until deadline: Timestamp) async throws {
        for await _ in AsyncStream<Void>.makeStream().stream {}
        throw CancellationError()
    }
}
