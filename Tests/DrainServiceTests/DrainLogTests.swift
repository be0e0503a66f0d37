import DrainEngine
import DrainModel
import Logging
import Synchronization
import Testing

@testable import DrainService

@Suite("The log of drains")
struct DrainLogTests {
    private let lines = RecordedLines()

    private func drain(_ history: String...) -> Drain {
        let start = Timestamp(millisecondsSinceEpoch: 0)
        let action = LifecycleAction(
            autoScalingGroup: "web", lifecycleHook: "drain", instance: "i-1", token: "t", transition: .terminating,
            startedAt: start)
        var drain = Drain(action: action, origin: .sns, acceptedAt: start, deadline: start, onTimeout: .continue)
        drain.history = history.map { Drain.HistoryEntry(at: start, message: $0) }
        return drain
    }

    private func log(known: [Drain] = []) -> DrainLog { DrainLog(logger: lines.logger, known: known) }

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
        log(known: [drain("one", "two")]).write(.recorded(drain("one", "two", "three")))
        #expect(lines.all == ["info three"])
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

/// A logger that keeps level and message of each event.
private final class RecordedLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: RecordedLines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        init(lines: RecordedLines) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.level.rawValue) \(event.message)") }
        }
    }
}
