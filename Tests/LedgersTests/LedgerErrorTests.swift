import DrainEngine
import GRDB
import Testing

@testable import Ledgers

@Suite("An error of SQLite")
struct LedgerErrorTests {
    enum Meaning { case unavailable, unreadable, unknownOutcome }

    private func meaning(_ code: ResultCode, isWrite: Bool) -> Meaning? {
        switch LedgerError(DatabaseError(resultCode: code), isWrite: isWrite) {
        case .unavailable: .unavailable
        case .unreadable: .unreadable
        case .unknownOutcome: .unknownOutcome
        case .fenced: nil
        }
    }

    @Test(
        "means that another try could succeed",
        arguments: [
            ResultCode.SQLITE_FULL, .SQLITE_READONLY, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN, .SQLITE_PERM,
        ])
    func unavailable(code: ResultCode) {
        #expect(meaning(code, isWrite: true) == .unavailable)
    }

    @Test("means damage", arguments: [ResultCode.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CORRUPT_INDEX])
    func unreadable(code: ResultCode) {
        #expect(meaning(code, isWrite: false) == .unreadable)
    }

    @Test("leaves open what became of a write when the disk failed under it, and of nothing else")
    func unknownOutcome() {
        #expect(meaning(.SQLITE_IOERR_FSYNC, isWrite: true) == .unknownOutcome)
        #expect(meaning(.SQLITE_IOERR_READ, isWrite: false) == .unavailable)
    }
}
