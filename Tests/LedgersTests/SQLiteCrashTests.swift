import DrainEngine
import DrainModel
import Foundation
import LedgerConformance
import Ledgers
import Testing

/// A process that is killed leaves the file and its log as they were at that moment, the log perhaps in the middle of
/// a write. These tests take the files of a ledger at work, cut the log anywhere, and open them again.
@Suite("After a crash, the SQLite ledger")
struct SQLiteCrashTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    /// A ledger at work: its two files, and how long the log was when each drain's acceptance returned.
    private struct Traces {
        var database = Data()
        var log = Data()
        var acceptances: [(id: DrainID, logLength: Int)] = []
    }

    private func work(drains: Int) async throws -> Traces {
        let ledger = try SQLiteLedger(path: folder.file())
        let epoch = try await ledger.beginEpoch()
        var traces = Traces()
        for number in 1...drains {
            let drain = LedgerConformance.drain(number, acceptedAfter: number)
            _ = try await ledger.accept(drain, epoch: epoch)
            traces.acceptances.append((drain.id, try read("draind.db-wal").count))
        }
        traces.database = try read("draind.db")
        traces.log = try read("draind.db-wal")
        withExtendedLifetime(ledger) {}
        return traces
    }

    private func read(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: folder.file(name))) }

    /// The drains found by a draind that starts on what was left.
    private func recovered(_ traces: Traces, logLength: Int) async throws -> [DrainID] {
        let left = try Folder()
        try traces.database.write(to: URL(filePath: left.file()))
        try traces.log.prefix(logLength).write(to: URL(filePath: left.file("draind.db-wal")))
        return try await SQLiteLedger(path: left.file()).activeDrains().map(\.id)
    }

    @Test("holds every drain whose acceptance had returned, and no part of another, wherever the log was cut")
    func anywhere() async throws {
        let traces = try await work(drains: 8)
        let ids = traces.acceptances.map(\.id)
        let ends = traces.acceptances.map(\.logLength)
        #expect(ends == ends.sorted() && Set(ends).count == ends.count)
        let first = try #require(ends.first)
        let cuts = Set(stride(from: first, through: traces.log.count, by: 509)).union(ends.flatMap { [$0 - 1, $0] })
        for cut in cuts.filter({ $0 >= first }).sorted() {
            let accepted = ends.count { $0 <= cut }
            let found = try await recovered(traces, logLength: cut)
            #expect(found == Array(ids.prefix(accepted)), "cut at \(cut)")
        }
    }

    @Test("can be accepted into again")
    func worksOn() async throws {
        let traces = try await work(drains: 2)
        try traces.log.dropLast(1).write(to: URL(filePath: folder.file("draind.db-wal")))
        try traces.database.write(to: URL(filePath: folder.file()))
        let ledger = try SQLiteLedger(path: folder.file())
        let epoch = try await ledger.beginEpoch()
        let torn = LedgerConformance.drain(2, acceptedAfter: 2)
        #expect(try await ledger.accept(LedgerConformance.drain(1, acceptedAfter: 1), epoch: epoch) != .accepted)
        #expect(try await ledger.accept(torn, epoch: epoch) == .accepted)
    }
}
