import DrainModel
import Foundation
import HTTPEndpoint

/// Who decides, what each drain waits for, and what blocks it: redrawn in place on a terminal, a line for each change elsewhere.
struct DemoDisplay {
    /// Every blocker there was, in the order of their first appearance.
    private(set) var blockers: [Blocker] = []
    private let start = ContinuousClock.now
    private let style: TextStyle
    private let terminal = Terminal.standardError
    /// When each drain was first seen finished.
    private var ends: [DrainID: Duration] = [:]
    /// When the part of each replica was first seen settled.
    private var settledAt: [String: Duration] = [:]
    private var shown: [String: String] = [:]
    private var drawnLines = 0

    private typealias Row = (id: String, time: String, text: String)

    init(style: TextStyle) { self.style = style }

    mutating func show(_ drains: [DrainJSON], _ replicas: [DemoReplicas.Row] = []) {
        let now = ContinuousClock.now - start
        for replica in replicas where replica.isSettled && settledAt[replica.name] == nil {
            settledAt[replica.name] = now
        }
        let parts: [Row] = replicas.map { replica in
            (id: replica.name, time: Self.seconds(settledAt[replica.name] ?? now), text: replica.text)
        }
        for drain in drains where drain.outcome != nil && ends[drain.id] == nil { ends[drain.id] = now }
        let progress: [Row] = drains.sorted { ($0.acceptedAt, $0.instanceId) < ($1.acceptedAt, $1.instanceId) }
            .map { drain in
                (
                    id: drain.instanceId.rawValue, time: Self.seconds(ends[drain.id] ?? now),
                    text: Self.describe(drain)
                )
            }
        let rows = parts + progress
        var current: [Blocker] = []
        for blocker in drains.flatMap(\.blockedBy) where !current.contains(blocker) { current.append(blocker) }
        let new = current.filter { !blockers.contains($0) }
        blockers += new
        if terminal.isTerminal { redraw(rows, current) } else { append(rows, new) }
    }

    /// Every line is cut to the window's width: a line that wraps would be two to the cursor, which goes back up by as
    /// many as were drawn.
    private mutating func redraw(_ rows: [Row], _ blockers: [Blocker]) {
        let (columns, height) = terminal.size
        let width = max(20, columns - 1)
        var lines = rows.map { "   \($0.time)  \($0.id)  \($0.text)".cut(to: width) }
        for blocker in blockers { lines += describe(blocker, width: width) }
        if lines.count >= height { lines = lines.prefix(max(1, height - 2)) + ["   …"] }
        let up = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : ""
        let text = up + "\u{1B}[J" + lines.map { "\($0)\n" }.joined()
        Console.show(text)
        drawnLines = lines.count
    }

    private mutating func append(_ rows: [Row], _ blockers: [Blocker]) {
        for row in rows where shown[row.id] != row.text {
            shown[row.id] = row.text
            Console.say("   \(row.time)  \(row.id)  \(row.text)")
        }
        for line in blockers.flatMap({ describe($0, width: .max) }) { Console.say(line) }
    }

    private static func seconds(_ duration: Duration) -> String {
        let seconds = String(duration.components.seconds)
        return String(repeating: " ", count: max(0, 4 - seconds.count)) + seconds + " s"
    }

    /// What needs attention first, then how much is left.
    private static func describe(_ drain: DrainJSON) -> String {
        if let outcome = drain.outcome { return outcome.rawValue }
        var waits = drain.waitingFor.filter { $0.kind != .task }.map { wait in
            // The instance's own name is in the line already.
            wait.kind == .containerInstance ? wait.detail : "\(wait.name): \(wait.detail)"
        }
        let tasks = drain.waitingFor.count { $0.kind == .task }
        if tasks > 0 { waits.append("\(tasks) \(tasks == 1 ? "task" : "tasks") left") }
        let state = drain.phase.rawValue + (drain.blockedBy.isEmpty ? "" : ", blocked")
        return waits.isEmpty ? state : "\(state): \(waits.joined(separator: "; "))"
    }

    private func describe(_ blocker: Blocker, width: Int) -> [String] {
        paragraph("blocked  ", blocker.message, width) + paragraph("to do    ", blocker.hint, width)
    }

    private func paragraph(_ title: String, _ text: String, _ width: Int) -> [String] {
        let indent = "   "
        let space = indent + String(repeating: " ", count: title.count)
        let lines = text.wrapped(to: max(10, width - space.count))
        return lines.enumerated().map { $0 == 0 ? indent + style.bold(title) + $1 : space + $1 }
    }
}
