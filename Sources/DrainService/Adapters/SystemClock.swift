import DrainEngine
import DrainModel
import Glibc

/// The machine's wall time, as others mean it: messages are old or new by it. It waits on the monotonic clock.
struct SystemClock: WallClock {
    func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    func sleep(until deadline: Timestamp) async throws {
        let left = deadline - now()
        if left > .zero { try await ContinuousClock().sleep(for: left, tolerance: .milliseconds(10)) }
    }
}
