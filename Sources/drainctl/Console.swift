import Foundation

/// What is said to people goes to standard error, so that standard output holds results only.
enum Console {
    static func say(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }

    /// At once, though standard output be a pipe.
    static func result(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Escape sequences only where they are wanted: on a terminal, and without `NO_COLOR`.
    static var hasColor: Bool { isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil }

    static func bold(_ text: String) -> String { hasColor ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    static func red(_ text: String) -> String { hasColor ? "\u{1B}[31m\(text)\u{1B}[0m" : text }
    static func green(_ text: String) -> String { hasColor ? "\u{1B}[32m\(text)\u{1B}[0m" : text }
}
