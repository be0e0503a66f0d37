import DrainEngine
import DrainModel
import LedgerConformance
import Testing

@Suite("The ledger of the simulation, which fails on command,")
struct FailingLedgerTests {
    private let ledger = FailingLedger()

    // MARK: As long as it does not fail, it is one like the others

    @Test("accepts a drain once") func acceptsOnce() async throws { try await LedgerConformance.acceptsOnce(ledger) }
    @Test("accepts one of many equal ones that come at once") func acceptsOneOfMany() async throws {
        try await LedgerConformance.acceptsOneOfManyAtOnce(ledger)
    }
    @Test("knows an action that was adopted without its token") func knowsActionsWithoutToken() async throws {
        try await LedgerConformance.knowsActionsWithoutToken(ledger)
    }
    @Test("leaves alone what an operator has called off") func leavesCancelledAlone() async throws {
        try await LedgerConformance.leavesCancelledAlone(ledger)
    }
    @Test("keeps every part of a record") func keepsWholeRecords() async throws {
        try await LedgerConformance.keepsWholeRecords(ledger)
    }
    @Test("changes nothing for a writer that was replaced") func changesNothingForOldWriters() async throws {
        try await LedgerConformance.changesNothingForOldWriters(ledger)
    }
    @Test("updates very many at once") func updatesMany() async throws {
        try await LedgerConformance.updatesMany(ledger)
    }
    @Test("refuses a writer that was replaced") func fencesOldWriters() async throws {
        try await LedgerConformance.fencesOldWriters(ledger)
    }
    @Test("never reopens what is finished") func keepsFinishedFinal() async throws {
        try await LedgerConformance.keepsFinishedFinal(ledger)
    }
    @Test("pages newest first, missing and repeating none") func pagesNewestFirst() async throws {
        try await LedgerConformance.pagesNewestFirst(ledger)
    }
    @Test("filters by state and cluster") func filters() async throws { try await LedgerConformance.filters(ledger) }
    @Test("proves that it can be written") func provesItIsWritable() async throws {
        try await LedgerConformance.provesItIsWritable(ledger)
    }
    @Test("gives its lease to whoever claims it first") func claim() async throws {
        try await SharedLedgerConformance.givesTheLeaseToWhoeverClaimsIt(ledger, ledger)
    }
    @Test("gives its lease to one, however many claim it at once") func claims() async throws {
        try await SharedLedgerConformance.givesItToOneOfManyAtOnce(ledger, ledger)
    }
    @Test("leaves its lease with a holder that renews it") func renewal() async throws {
        try await SharedLedgerConformance.keepsItWithAHolderThatLives(ledger, ledger)
    }
    @Test("gives the lease of a silent holder to another, and takes no write of the first") func takeover() async throws
    {
        try await SharedLedgerConformance.takesItFromAHolderThatIsSilent(ledger, ledger)
    }
    @Test("has its lease handed over by the holder, and by nobody else") func handover() async throws {
        try await SharedLedgerConformance.isHandedOver(ledger, ledger)
    }
    @Test("tells the holder of what others have accepted") func acceptances() async throws {
        try await SharedLedgerConformance.tellsTheHolderOfWhatOthersAccept(ledger, ledger)
    }
    @Test("hands notes out once") func notes() async throws {
        try await SharedLedgerConformance.handsNotesOutOnce(ledger, ledger)
    }
    @Test("hands notes out to the holder, and nobody else") func notesOfTheHolder() async throws {
        try await SharedLedgerConformance.keepsNotesForTheHolder(ledger, ledger)
    }

    // MARK: When it fails

    @Test("has nothing of what it refused, and takes it when it is told again")
    func refused() async throws {
        let (epoch, drain) = (try await ledger.beginEpoch(), LedgerConformance.drain(1))
        await ledger.fail(.refused)
        await #expect(throws: LedgerError.unavailable("on command")) { try await ledger.accept(drain, epoch: epoch) }
        #expect(try await ledger.activeDrains().isEmpty)
        #expect(try await ledger.accept(drain, epoch: epoch) == .accepted)
    }

    @Test("has all of a write whose answer was lost, and knows it when it is told again")
    func answerLost() async throws {
        let (epoch, drain) = (try await ledger.beginEpoch(), LedgerConformance.drain(1))
        await ledger.fail(.answerLost)
        await #expect(throws: LedgerError.unknownOutcome("on command")) { try await ledger.accept(drain, epoch: epoch) }
        #expect(try await ledger.accept(drain, epoch: epoch) == .duplicate(drain))
    }

    @Test("has given its lease to one who has not heard so, and gives it again")
    func claimUnheard() async throws {
        var keeper = LeaseKeeper(name: "one")
        await ledger.fail(.answerLost)
        for second in 0..<5 where keeper.held == nil {
            let uptime = Duration.seconds(second)
            guard let step = keeper.step(at: uptime) else { continue }
            do throws(LedgerError) {
                switch step {
                case .look: keeper.saw(try await ledger.lease(), at: uptime)
                case .claim(let seen):
                    let lease = try await ledger.claim(Lease.Holder(name: "one"), after: seen)
                    keeper.claimed(lease, sentAt: uptime, at: uptime)
                case .renew, .handOver: return
                }
            } catch {
                keeper.failed(at: uptime)
            }
        }
        #expect(keeper.held?.epoch == (try await ledger.lease())?.epoch)
    }
}
