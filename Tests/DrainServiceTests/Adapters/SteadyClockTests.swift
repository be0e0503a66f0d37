import DrainModel
import Testing

@testable import DrainService

@Suite("A steady clock")
struct SteadyClockTests {
    private let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

    /// What it shows at the end of so many seconds, while the wall clock is ahead by so much.
    private func shown(after seconds: Int, ahead: Duration) -> Duration {
        var time = SteadyTime(startingAt: start)
        for second in 1...seconds {
            time.advance(to: .seconds(second), wall: start + .seconds(second) + ahead)
        }
        return time.shown - start
    }

    @Test("shows the wall's time as long as nobody sets it")
    func undisturbed() {
        #expect(shown(after: 60, ahead: .zero) == .seconds(60))
    }

    @Test("goes a twentieth slower when the wall clock was set back, and never back itself")
    func setBack() {
        #expect(shown(after: 60, ahead: .seconds(-600)) == .seconds(57))
    }

    @Test("goes a twentieth faster when the wall clock was set forward, and never jumps")
    func setForward() {
        #expect(shown(after: 60, ahead: .seconds(600)) == .seconds(63))
    }

    @Test("has caught up in the end")
    func catchesUp() {
        #expect(shown(after: 100, ahead: .seconds(2)) == .seconds(102))
    }

    @Test("loses nothing to reading it often")
    func readOften() {
        var time = SteadyTime(startingAt: start)
        for microseconds in stride(from: Int64(0), through: 1_000_000, by: 250) {
            let uptime = Duration.microseconds(microseconds)
            time.advance(to: uptime, wall: start + .milliseconds(microseconds / 1000))
        }
        #expect(time.shown - start == .seconds(1))
    }
}
