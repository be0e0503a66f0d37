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
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .unavailable("\(path) is held by another draind: stop it, or give this one another --store")
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
