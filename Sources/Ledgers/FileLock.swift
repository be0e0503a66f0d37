import DrainEngine
import Glibc

/// Keeps a file locked for this process as long as it lives; the kernel lets go when the process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``LedgerError/unavailable(_:)`` when another process holds it, or it cannot be made.
    init(path: String) throws(LedgerError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unavailable("\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        guard Self.takes(descriptor) else {
            close(descriptor)
            throw .unavailable("\(path) is held by another draind: stop it, or give this one another --store")
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// A predecessor that is just ending may hold it for a moment yet: half a second, in steps of ten milliseconds.
    private static func takes(_ descriptor: Int32) -> Bool {
        for _ in 0..<50 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(10_000)
        }
        return false
    }
}
