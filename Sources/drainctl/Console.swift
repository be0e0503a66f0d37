import ArgumentParser
import Foundation

/// What is said to people goes to standard error, so that standard output holds results only.
enum Console {
    static func say(_ line: String) { show(line + "\n") }

    /// As it is, without a line break.
    static func show(_ text: String) {
        // Nobody reads on: what was begun ends as if told to, and leaves nothing behind. That a terminal's log is full
        // is no reason to end.
        if write(text, to: STDERR_FILENO) == EPIPE { kill(getpid(), SIGTERM) }
    }

    /// At once, though standard output be a pipe.
    ///
    /// - Throws: an exit code when it cannot be written; the reason is said, unless the reader has just had enough.
    static func result(_ text: String) throws {
        switch write(text + "\n", to: STDOUT_FILENO) {
        case nil: return
        case EPIPE: throw ExitCode(128 + SIGPIPE)
        case .some(let code):
            say("standard output cannot be written: \(String(cString: strerror(code)))")
            throw ExitCode.failure
        }
    }

    /// All of it; the error's number when that cannot be. (`FileHandle.write` crashes then.)
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        // Else a reader who has gone would end this process before it could clear up.
        signal(SIGPIPE, SIG_IGN)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return errno }
            rest = rest.dropFirst(max(0, count))
        }
        return nil
    }
}
