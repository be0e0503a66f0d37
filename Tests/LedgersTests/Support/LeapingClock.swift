import DrainEngine
import DrainModel
import Synchronization

/// A clock on which every wait is over at once, and then it is that late.
final class LeapingClock: WallClock {
    private let moment: Mutex<Timestamp>

    init(_ moment: Timestamp) { self.moment = Mutex(moment) }

    func now() -> Timestamp { moment.withLock { $0 } }

    func leap(to moment: Timestamp) { self.moment.withLock { $0 = max($0, moment) } }

    func sleep(until deadline: Timestamp) async throws { leap(to: deadline) }
}
