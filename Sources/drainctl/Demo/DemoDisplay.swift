import DrainModel
import Foundation
import HTTPEndpoint

/// What each drain waits for: redrawn in place on a terminal, a line for each change elsewhere.
struct DemoDisplay {
    private let start = ContinuousClock.now
    private var shown: [String: String] = [:]
    private var drawnLines = 0
    private static let width = 100

    mutating func show(_ drains: [DrainJSON]) {
        let lines = drains.sorted { $0.instanceId < $1.instanceId }.map { ($0.instanceId.rawValue, Self.describe($0)) }
        if Console.isTerminal { redraw(lines) } else { append(lines) }
    }

    private mutating func redraw(_ lines: [(id: String, text: String)]) {
        let up = drawnLines > 0 ? "\u{1B}[\(drawnLines)A" : ""
        let rows = lines.map { "\u{1B}[2K   \(elapsed)  \($0.id)  \($0.text.prefix(Self.width))\n" }
        FileHandle.standardError.write(Data((up + rows.joined()).utf8))
        drawnLines = lines.count
    }

    private mutating func append(_ lines: [(id: String, text: String)]) {
        for (id, text) in lines where shown[id] != text {
            shown[id] = text
            Console.say("   \(elapsed)  \(id)  \(text)")
        }
    }

    private var elapsed: String {
        let seconds = (ContinuousClock.now - start).components.seconds
        return String(repeating: " ", count: max(0, 4 - String(seconds).count)) + "\(seconds) s"
    }

    private static func describe(_ drain: DrainJSON) -> String {
        if let outcome = drain.outcome { return outcome.rawValue }
        if drain.waitingFor.isEmpty { return drain.phase.rawValue }
        let waits = drain.waitingFor.map { wait in
            wait.kind == .task ? "task \(wait.name.prefix(8)) \(wait.detail)" : "\(wait.name): \(wait.detail)"
        }
        return "\(drain.phase.rawValue), waiting for " + waits.joined(separator: "; ")
    }
}
