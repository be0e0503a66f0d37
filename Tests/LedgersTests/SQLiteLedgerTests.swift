import DrainEngine
import DrainModel
import Foundation
import GRDB
import LedgerConformance
import Ledgers
import Testing

@Suite("The SQLite ledger")
struct SQLiteLedgerTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private func ledger() throws -> SQLiteLedger { try SQLiteLedger(path: folder.file()) }

    @Test("accepts a drain once") func acceptsOnce() async throws {
        try await LedgerConformance.acceptsOnce(ledger())
    }
    @Test("accepts one of many equal ones that come at once") func acceptsOneOfMany() async throws {
        try await LedgerConformance.acceptsOneOfManyAtOnce(ledger())
    }
    @Test("knows an action that was adopted without its token") func knowsActionsWithoutToken() async throws {
        try await LedgerConformance.knowsActionsWithoutToken(ledger())
    }
    @Test("leaves alone what an operator has called off") func leavesCancelledAlone() async throws {
        try await LedgerConformance.leavesCancelledAlone(ledger())
    }
    @Test("keeps every part of a record") func keepsWholeRecords() async throws {
        try await LedgerConformance.keepsWholeRecords(ledger())
    }
    @Test("changes nothing for a writer that was replaced") func changesNothingForOldWriters() async throws {
        try await LedgerConformance.changesNothingForOldWriters(ledger())
    }
    @Test("updates very many at once") func updatesMany() async throws {
        try await LedgerConformance.updatesMany(ledger())
    }
    @Test("refuses a writer that was replaced") func fencesOldWriters() async throws {
        try await LedgerConformance.fencesOldWriters(ledger())
    }
    @Test("never reopens what is finished") func keepsFinishedFinal() async throws {
        try await LedgerConformance.keepsFinishedFinal(ledger())
    }
    @Test("forgets what finished a month ago") func forgetsOldOnes() async throws {
        try await LedgerConformance.forgetsOldOnes(ledger())
    }
    @Test("pages newest first, missing and repeating none") func pagesNewestFirst() async throws {
        try await LedgerConformance.pagesNewestFirst(ledger())
    }
    @Test("filters by state and cluster") func filters() async throws {
        try await LedgerConformance.filters(ledger())
    }
    @Test("proves that it can be written") func provesItIsWritable() async throws {
        try await LedgerConformance.provesItIsWritable(ledger())
    }

    @Test("holds what it accepted when it is opened again")
    func reopens() async throws {
        do {
            let ledger = try ledger()
            _ = try await ledger.accept(LedgerConformance.drain(1), epoch: ledger.beginEpoch())
        }
        #expect(try await ledger().activeDrains() == [LedgerConformance.drain(1)])
    }

    @Test("waits for the disk at every commit, in write-ahead mode")
    func durability() async throws {
        let ledger = try ledger()
        #expect(try await ledger.pragma("journal_mode") == "wal")
        // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
        #expect(try await ledger.pragma("synchronous") == "2")
    }

    @Test("belongs to one process at a time, and says so")
    func exclusive() throws {
        let first = try ledger()
        let error = #expect(throws: LedgerError.self) { try ledger() }
        #expect(error?.description.contains("held by another draind") == true)
        withExtendedLifetime(first) {}
    }

    @Test("refuses a file that is no database, and one that a newer draind made")
    func foreignFiles() throws {
        try Data(
            "this is no database, but long enough to be looked at as one".utf8 + [UInt8](repeating: 65, count: 4096)
        )
        .write(to: URL(filePath: folder.file("text.db")))
        #expect(throws: LedgerError.self) { try SQLiteLedger(path: folder.file("text.db")) }
        _ = try ledger()
        try DatabaseQueue(path: folder.file()).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2: from the future')")
        }
        let error = #expect(throws: LedgerError.self) { try ledger() }
        #expect(error?.description.contains("newer draind") == true)
    }

    @Test("is not available in a folder that does not exist")
    func missingFolder() {
        let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: folder.path + "/missing/draind.db") }
        guard case .unavailable = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }

    @Test("says that it is not available when the disk is full, and loses nothing it had accepted")
    func diskFull() async throws {
        let ledger = try ledger()
        let epoch = try await ledger.beginEpoch()
        _ = try await ledger.accept(LedgerConformance.drain(0), epoch: epoch)
        _ = try await ledger.pragma("max_page_count = 20")
        var accepted = [LedgerConformance.drain(0).id]
        var refusal: LedgerError?
        for number in 1...500 where refusal == nil {
            do throws(LedgerError) {
                let drain = LedgerConformance.drain(number)
                _ = try await ledger.accept(drain, epoch: epoch)
                accepted.append(drain.id)
            } catch {
                refusal = error
            }
        }
        guard case .unavailable = refusal else { return #expect(Bool(false), "never full") }
        #expect(Set(try await ledger.activeDrains().map(\.id)) == Set(accepted))
    }

    @Test("records none of many updates when the disk becomes full among them")
    func diskFullDuringUpdate() async throws {
        let ledger = try ledger()
        let epoch = try await ledger.beginEpoch()
        let drains = (1...50).map { LedgerConformance.drain($0) }
        for drain in drains { _ = try await ledger.accept(drain, epoch: epoch) }
        let pages = try #require(try await ledger.pragma("page_count").flatMap { Int($0) })
        _ = try await ledger.pragma("max_page_count = \(pages + 2)")
        let changed = drains.map { drain in
            var drain = drain
            drain.history = [Drain.HistoryEntry(at: drain.acceptedAt, message: String(repeating: "long ", count: 500))]
            return drain
        }
        let error = await #expect(throws: LedgerError.self) { try await ledger.update(changed, epoch: epoch) }
        guard case .unavailable = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(Set(try await ledger.activeDrains()) == Set(drains))
    }
}
