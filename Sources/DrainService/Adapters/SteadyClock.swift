import DrainEngine
import DrainModel
import Synchronization

/// The machine's wall time as the engine sees it: never set, only steered.
///
/// Heartbeats, deadlines and margins are differences of times. A wall clock that is set by minutes, as when a machine
/// first hears of the true time, would let an action expire or a margin pass at once; so what it is set by is made up
/// for little by little.
final class SteadyClock: WallClock {
    private let wall: SystemClock
    private let state: Mutex<(time: SteadyTime, origin: ContinuousClock.Instant)>

    init(wall: SystemClock = SystemClock()) {
        self.wall = wall
        state = Mutex((SteadyTime(startingAt: wall.now()), .now))
    }

    func now() -> Timestamp {
        state.withLock { state in
            state.time.advance(to: state.origin.duration(to: .now), wall: wall.now())
            return state.time.shown
        }
    }

    func uptime() -> Duration { state.withLock { $0.origin.duration(to: .now) } }

    func sleep(until deadline: Timestamp) async throws {
        let left = deadline - now()
        if left > .zero { try await ContinuousClock().sleep(for: left, tolerance: .milliseconds(10)) }
    }
}

/// What a steady clock shows, as a value.
struct SteadyTime {
    private(set) var shown: Timestamp
    private var uptime = Duration.zero

    /// A twentieth faster or slower than time passes: heartbeats have half a timeout to spare.
    private static let steering: Int64 = 20

    init(startingAt wall: Timestamp) { shown = wall }

    /// - Parameters:
    ///   - uptime: of a clock that is never set, since the start.
    ///   - wall: what the wall clock shows.
    mutating func advance(to uptime: Duration, wall: Timestamp) {
        let passed = (uptime - self.uptime).milliseconds
        guard passed > 0 else { return }
        self.uptime += .milliseconds(passed)
        let unsteered = shown + .milliseconds(passed)
        let most = passed / Self.steering
        let behind = (wall - unsteered).milliseconds
        shown = unsteered + .milliseconds(min(max(behind, -most), most))
    }
}
