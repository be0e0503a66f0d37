import DrainModel
import Foundation
import HTTPEndpoint

/// What each drain waits for, and what blocks it: redrawn in place on a terminal, a line for each change elsewhere.
struct DemoDisplay {
    /// Every blocker there was, in the order of their first appearance.
    private(set) var blockers: [Blocker] = []
    private let start = ContinuousClock.now
    private let style: TextStyle
    private let terminal = Terminal.standardError
    private var shown: [String: String] = [:]
    private var drawnLines = 0

    init(style: TextStyle) { self.style = style }

    mutating func show(_ drains: [DrainJSON]) {
        let rows = drains.sorted { ($0.acceptedAt, $0.instanceId) < ($1.acceptedAt, $1.instanceId) }
            .map { (id: $0.instanceId.rawValue, text: Self.describe($0)) }
        var current: [Blocker] = []
        for blocker in drains.flatMap(\.blockedBy) where !current.contains(blocker) { current.append(blocker) }
        let new = current.filter { !blockers.contains($0) }
        blockers += new
        if terminal.isTerminal { redraw(rows, current) } else { append(rows, new) }
    }

    /// Every line is cut to the window's width: a line that wraps would be two to the cursor, which goes back up by as
    /// many as were drawn.
    private mutating func redraw(_ rows: [(id: String, text: String)], _ blockers: [Blocker]) {
        let (columns, height) = terminal.size
        let width = max(20, columns - 1)
        var lines = rows.map { "   \(elapsed)  \($0.id)  \($0.text)".cut(to: width) }
        for blocker in blockers { lines += describe(blocker, width: width) }
        if lines.count >= height { lines = lines.prefix(max(1, height - 2)) + ["   …"] }
        let up = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : ""
        let text = up + "\u{1B}[J" + lines.map { "\($0)\n" }.joined()
        FileHandle.standardError.write(Data(text.utf8))
        drawnLines = lines.count
    }

    private mutating func append(_ rows: [(id: String, text: String)], _ blockers: [Blocker]) {
        for (id, text) in rows where shown[id] != text {
            shown[id] = text
            Console.say("   \(elapsed)  \(id)  \(text)")
        }
        for line in blockers.flatMap({ describe($0, width: .max) }) { Console.say(line) }
    }

    private var elapsed: String {
        let seconds = (ContinuousClock.now - start).components.seconds
        return String(repeating: " ", count: max(0, 4 - String(seconds).count)) + "\(seconds) s"
    }

    /// What needs attention first, then how much is left.
    private static func describe(_ drain: DrainJSON) -> String {
        if let outcome = drain.outcome { return outcome.rawValue }
        var waits = drain.waitingFor.filter { $0.kind != .task }.map { "\($0.name): \($0.detail)" }
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
