import DrainEngine
import GRDB

extension LedgerError {
    /// What an error of SQLite means for whoever asked.
    ///
    /// - Parameter isWrite: whether a transaction that changes something was under way.
    init(_ error: any Error, isWrite: Bool = false, at path: String? = nil) {
        let place = path.map { "\($0): " } ?? ""
        switch error {
        case let error as LedgerError: self = error
        case let error as DatabaseError:
            let message = "\(place)\(error.message ?? "SQLite error") (\(error.extendedResultCode))"
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .unreadable(message)
            // When the disk fails while a commit is flushed, the log may hold it whole: it is undone now, and may come
            // back when the log is read at the next start.
            case .SQLITE_IOERR where isWrite: self = .unknownOutcome(message)
            // Whatever else fails a transaction, a full disk too, undoes it.
            default: self = .unavailable(message)
            }
        default: self = .unavailable("\(place)\(error)")
        }
    }
}
