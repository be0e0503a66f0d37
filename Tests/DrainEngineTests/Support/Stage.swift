import DrainEngine
import DrainModel
import Synchronization

/// Everything around a controller, in memory: a ledger, one cluster, AWS. It writes down in one list what happened, in
/// order, and a test waits for an entry of it.
final class Stage: Ledger, ClusterObserver, ClusterActuator {
    enum Event: Hashable {
        case accepted(DrainID)
        case recorded(DrainID, DrainPhase)
        case recordingFailed
        case looked
        case called(String)
    }

    private struct State {
        var drains: [DrainID: Drain] = [:]
        var epoch: Int64 = 0
        var events: [Event] = []
        var watchers: [(event: Event, count: Int, found: AsyncStream<Void>.Continuation)] = []
        /// What each write throws, as long as it is set.
        var writeError: LedgerError?
        var cluster = FakeCluster(hosts: 1...3)
        var gate: AsyncStream<Void>?
        var isSilent = false
    }

    private let state = Mutex(State())
    let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    let policy = Rig.calm

    var events: [Event] { state.withLock { $0.events } }

    /// Returns once the event has happened that often.
    func wait(for event: Event, times count: Int = 1) async {
        let (found, notify) = AsyncStream<Void>.makeStream()
        state.withLock { state in
            if state.events.count(where: { $0 == event }) >= count { notify.yield() }
            state.watchers.append((event, count, notify))
        }
        for await _ in found { return }
    }

    func failWrites(with error: LedgerError?) { state.withLock { $0.writeError = error } }

    /// Calls to AWS wait for this from now on.
    func hold(until gate: AsyncStream<Void>) { state.withLock { $0.gate = gate } }

    /// AWS answers no read from now on.
    func fallSilent() { state.withLock { $0.isSilent = true } }

    private func note(_ event: Event) {
        state.withLock { state in
            state.events.append(event)
            for watcher in state.watchers
            where watcher.event == event && state.events.count(where: { $0 == event }) >= watcher.count {
                watcher.found.yield()
            }
        }
    }

    // MARK: Ledger

    func beginEpoch() async throws(LedgerError) -> Epoch {
        Epoch(
            number: state.withLock { state in
                state.epoch += 1
                return state.epoch
            })
    }

    func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance {
        if let error = state.withLock({ $0.writeError }) { throw error }
        let known = state.withLock { state in
            defer { state.drains[drain.id] = state.drains[drain.id] ?? drain }
            return state.drains[drain.id]
        }
        if let known { return .duplicate(known) }
        note(.accepted(drain.id))
        return .accepted
    }

    func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError) {
        if let error = state.withLock({ $0.writeError }) {
            note(.recordingFailed)
            throw error
        }
        for drain in drains {
            state.withLock { $0.drains[drain.id] = drain }
            note(.recorded(drain.id, drain.phase))
        }
    }

    func activeDrains() async throws(LedgerError) -> [Drain] {
        state.withLock { $0.drains.values.filter { $0.phase != .finished } }
    }

    func drain(_ id: DrainID) async throws(LedgerError) -> Drain? { state.withLock { $0.drains[id] } }

    func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage { DrainPage(drains: [], next: nil) }

    func checkWritable() async throws(LedgerError) {}

    // MARK: AWS: instance i-1 on host-1, …, without any task

    func answer(to read: Read) async -> ReadAnswer {
        if case .describeContainerInstances = read { note(.looked) }
        return state.withLock { state in
            state.isSilent ? .failed(ReadFailure("no answer", isUnanswered: true)) : state.cluster.answer(to: read)
        }
    }

    func perform(_ calls: [Call]) async -> [Call: CallAnswer] {
        for call in calls {
            note(.called(call.operation))
            if let gate = state.withLock({ $0.gate }) { for await _ in gate { break } }
            if case .setDraining(_, let location) = call {
                state.withLock { $0.cluster.hosts[location.containerInstance]?.status = .draining }
            }
        }
        return Dictionary(uniqueKeysWithValues: calls.map { ($0, CallAnswer.done) })
    }
}
