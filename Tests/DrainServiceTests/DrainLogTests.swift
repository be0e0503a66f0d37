import DrainEngine
import DrainModel
import Logging
import Synchronization
import Testing

@testable import DrainService

@Suite("The log of drains")
struct DrainLogTests {
    private let lines = RecordedLines()
    private let clock = SetClock()

    private func drain(_ history: String...) -> Drain { drain(history) }

    private func drain(_ history: [String]) -> Drain {
        let start = Timestamp(millisecondsSinceEpoch: 0)
        let action = LifecycleAction(
            autoScalingGroup: "web", lifecycleHook: "drain", instance: "i-1", token: "t", transition: .terminating,
            startedAt: start)
        var drain = Drain(action: action, origin: .sns, acceptedAt: start, deadline: start, onTimeout: .continue)
        drain.history = history.map { Drain.HistoryEntry(at: start, message: $0) }
        return drain
    }

    private func log() -> DrainLog { DrainLog(logger: lines.logger, clock: clock) }

    private func drain(waitingFor detail: String) -> Drain {
        var waiting = drain([])
        waiting.waitingFor = [Wait(.service, "web", detail)]
        return waiting
    }

    @Test("has each line of a drain's history once")
    func once() {
        let log = log()
        log.write(.recorded(drain("one")))
        log.write(.recorded(drain("one")))
        log.write(.recorded(drain("one", "two")))
        #expect(lines.all == ["info one", "info two"])
    }

    @Test("does not repeat after a restart what an earlier draind wrote")
    func afterARestart() {
        let log = log()
        log.write(.recovered([drain("one", "two")]))
        log.write(.recorded(drain("one", "two", "three")))
        #expect(lines.all == ["info recovered", "info carried on: accepted", "info three"])
    }

    @Test("says after a restart of each drain that is carried on what it waits for, and what blocks it")
    func carriedOn() {
        var blocked = drain("one")
        blocked.phase = .draining
        blocked.waitingFor = [Wait(.service, "web", "1 of 2 healthy"), Wait(.task, "a", "RUNNING")]
        blocked.blockedBy = [Blocker(.noCapacity, message: "no instance has room", hint: "Add one.")]
        log().write(.recovered([blocked]))
        let line = "warning carried on: draining, waiting for web: 1 of 2 healthy; 1 task to stop"
        #expect(lines.all == ["info recovered", line])
    }

    @Test("says what a drain waits for when that has changed")
    func waits() {
        let log = log()
        log.write(.recorded(drain(waitingFor: "0 of 2")))
        clock.advance(by: DrainLog.pause)
        log.write(.recorded(drain(waitingFor: "0 of 2")))
        log.write(.recorded(drain(waitingFor: "1 of 2")))
        #expect(lines.all == ["info waiting for web: 0 of 2", "info waiting for web: 1 of 2"])
    }

    @Test("says what a drain waits for no more than twice a minute")
    func rarely() {
        let log = log()
        for count in 0..<60 {
            log.write(.recorded(drain(waitingFor: "\(count) of 60")))
            clock.advance(by: .seconds(1))
        }
        #expect(lines.all == ["info waiting for web: 0 of 60", "info waiting for web: 30 of 60"])
    }

    @Test("warns of what blocks a drain, and no more than that")
    func blocked() {
        var blocked = drain("Found", "Blocked: no instance has room")
        blocked.blockedBy = [Blocker(.noCapacity, message: "no instance has room", hint: "Add one.")]
        log().write(.recorded(blocked))
        #expect(lines.all == ["info Found", "warning Blocked: no instance has room"])
    }

    @Test("warns of a drain that ran out of time")
    func timedOut() {
        var drain = drain("Deadline reached")
        drain.outcome = .timedOut
        log().write(.recorded(drain))
        #expect(lines.all == ["warning Deadline reached"])
    }
}

/// Time that passes when a test says so.
private final class SetClock: WallClock {
    private let time = Mutex(Timestamp(millisecondsSinceEpoch: 0))

    func now() -> Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
    func sleep(until deadline: Timestamp) async throws { throw CancellationError() }
}
