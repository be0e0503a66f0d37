import Foundation

/// Bold and coloured text, where a stream takes it and the user wants it (https://no-color.org).
struct TextStyle: Sendable {
    private let hasColor: Bool

    init(on stream: Terminal, noColor: Bool) {
        let refusal = ProcessInfo.processInfo.environment["NO_COLOR"] ?? ""
        hasColor = stream.isTerminal && !noColor && refusal.isEmpty
    }

    func bold(_ text: String) -> String { dressed(text, 1) }
    func red(_ text: String) -> String { dressed(text, 31) }
    func green(_ text: String) -> String { dressed(text, 32) }

    private func dressed(_ text: String, _ code: Int) -> String { hasColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
