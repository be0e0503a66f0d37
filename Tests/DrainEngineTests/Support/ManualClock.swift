import DrainEngine
import DrainModel
import Synchronization

/// Time that passes only when a test says so.
final class ManualClock: WallClock {
    private struct State {
        var now: Timestamp
        var sleepers: [(deadline: Timestamp, wake: AsyncStream<Void>.Continuation)] = []
    }

    private let state: Mutex<State>

    init(_ now: Timestamp) { state = Mutex(State(now: now)) }

    func now() -> Timestamp { state.withLock { $0.now } }

    func sleep(until deadline: Timestamp) async throws {
        let (alarm, wake) = AsyncStream<Void>.makeStream()
        let isDue = state.withLock { state in
            if deadline > state.now { state.sleepers.append((deadline, wake)) }
            return deadline <= state.now
        }
        if isDue { return }
        for await _ in alarm { return }
        throw CancellationError()
    }

    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now + duration
            let now = state.now
            defer { state.sleepers.removeAll { $0.deadline <= now } }
            return state.sleepers.filter { $0.deadline <= now }
        }
        for sleeper in due { sleeper.wake.yield() }
    }
}
