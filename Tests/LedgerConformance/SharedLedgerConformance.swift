public import DrainEngine
import DrainModel
import Testing

/// What every ledger must do that several processes share: each is given as two of them see it, and is fresh and empty.
public enum SharedLedgerConformance {
    private static let first = Lease.Holder(name: "first", settings: ["cluster": "web"])
    private static let second = Lease.Holder(name: "second")

    private static func claimed(
        by holder: Lease.Holder, on ledger: some SharedLedger, after seen: Lease? = nil
    ) async throws -> Lease {
        try #require(try await ledger.claim(holder, after: seen))
    }

    public static func givesTheLeaseToWhoeverClaimsIt(_ one: some SharedLedger, _ other: some SharedLedger) async throws
    {
        #expect(try await one.lease() == nil)
        let lease = try await claimed(by: first, on: one)
        #expect(lease.holder == first)
        #expect(try await other.lease() == lease)
    }

    public static func givesItToOneOfManyAtOnce(_ one: some SharedLedger, _ other: some SharedLedger) async throws {
        let claims = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                let holder = Lease.Holder(name: "\(number)")
                group.addTask {
                    number.isMultiple(of: 2)
                        ? try await one.claim(holder, after: nil) != nil
                        : try await other.claim(holder, after: nil) != nil
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(claims == 1)
    }

    public static func keepsItWithAHolderThatLives(_ one: some SharedLedger, _ other: some SharedLedger) async throws {
        let lease = try await claimed(by: first, on: one)
        let renewed = try await one.renew(lease)
        #expect(renewed.beat > lease.beat)
        #expect(try await other.claim(second, after: lease) == nil)
        #expect(try await other.lease() == renewed)
    }

    public static func takesItFromAHolderThatIsSilent(_ one: some SharedLedger, _ other: some SharedLedger) async throws
    {
        let old = try await claimed(by: first, on: one)
        let drain = LedgerConformance.drain(1)
        _ = try await one.accept(drain, epoch: old.epoch)
        let new = try await claimed(by: second, on: other, after: old)
        #expect(new.epoch > old.epoch)
        await #expect(throws: LedgerError.fenced) { try await one.renew(old) }
        await #expect(throws: LedgerError.fenced) { try await one.update([drain], epoch: old.epoch) }
        try await other.update([drain], epoch: new.epoch)
    }

    public static func isHandedOver(_ one: some SharedLedger, _ other: some SharedLedger) async throws {
        let lease = try await claimed(by: first, on: one)
        try await one.handOver(lease)
        let free = try await other.lease()
        #expect(free?.holder == nil)
        let new = try await claimed(by: second, on: other, after: free)
        // It is the other's now, and cannot be given away.
        try await one.handOver(lease)
        #expect(try await one.lease() == new)
    }

    public static func tellsTheHolderOfWhatOthersAccept(
        _ one: some SharedLedger, _ other: some SharedLedger
    ) async throws {
        let lease = try await claimed(by: first, on: one)
        let adopted = LedgerConformance.drain(1, token: nil)
        #expect(try await other.accept(adopted, epoch: nil) == .accepted)
        #expect(try await one.takeNotes(in: lease.epoch) == [.accepted(adopted.id)])
        // Known, and nothing new about it.
        #expect(try await other.accept(adopted, epoch: nil) == .duplicate(adopted))
        #expect(try await one.takeNotes(in: lease.epoch).isEmpty)
        // Its token is news.
        let heard = DrainMachine.heard(adopted, "token")
        #expect(try await other.accept(LedgerConformance.drain(1), epoch: nil) == .duplicate(heard))
        #expect(try await one.takeNotes(in: lease.epoch) == [.heard(adopted.id, "token")])
        // The holder knows what it has accepted itself.
        _ = try await one.accept(LedgerConformance.drain(2), epoch: lease.epoch)
        #expect(try await one.takeNotes(in: lease.epoch).isEmpty)
    }

    public static func handsNotesOutOnce(_ one: some SharedLedger, _ other: some SharedLedger) async throws {
        let lease = try await claimed(by: first, on: one)
        let id = LedgerConformance.drain(1).id
        let notes: [Note] = [
            .seekAction(id), .cancel(id), .complete(id, .abandon),
            .rebalanceRecommended("i-1", at: LedgerConformance.start), .heard(id, "token"),
        ]
        for note in notes { try await other.leave(note) }
        #expect(Set(try await one.takeNotes(in: lease.epoch)) == Set(notes))
        #expect(try await one.takeNotes(in: lease.epoch).isEmpty)
    }

    public static func keepsNotesForTheHolder(_ one: some SharedLedger, _ other: some SharedLedger) async throws {
        let old = try await claimed(by: first, on: one)
        let new = try await claimed(by: second, on: other, after: old)
        let note = Note.seekAction(LedgerConformance.drain(1).id)
        try await one.leave(note)
        await #expect(throws: LedgerError.fenced) { try await one.takeNotes(in: old.epoch) }
        #expect(try await other.takeNotes(in: new.epoch) == [note])
    }
}
