import Foundation

/// One of the streams to people: whether it is a terminal, and how large.
struct Terminal: Sendable {
    static let standardOutput = Self(descriptor: STDOUT_FILENO)
    static let standardError = Self(descriptor: STDERR_FILENO)

    private let descriptor: Int32

    /// Whether escape sequences mean something to it.
    var isTerminal: Bool { isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// As it is now: read it for each frame, and a resized window needs no signal.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
