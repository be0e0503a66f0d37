import AWSClient
import DrainEngine
import DrainModel
import LedgerConformance
import Ledgers
import Testing

@Suite("The lease in DynamoDB", .serialized, Moto.isThere)
struct DynamoDBLeaseTests {
    private let table: SharedTable
    private let one: DynamoDBLedger
    private let other: DynamoDBLedger

    init() async throws {
        table = try await SharedTable().made()
        (one, other) = (try table.ledger(), try table.ledger())
    }

    @Test("goes to whoever claims it first")
    func claim() async throws { try await SharedLedgerConformance.givesTheLeaseToWhoeverClaimsIt(one, other) }

    @Test("goes to one, however many claim it at once")
    func claims() async throws { try await SharedLedgerConformance.givesItToOneOfManyAtOnce(one, other) }

    @Test("stays with a holder that renews it")
    func renewal() async throws { try await SharedLedgerConformance.keepsItWithAHolderThatLives(one, other) }

    @Test("is taken from a holder that is silent, whose writes are refused from then on")
    func takeover() async throws { try await SharedLedgerConformance.takesItFromAHolderThatIsSilent(one, other) }

    @Test("is handed over by its holder, and by nobody else")
    func handover() async throws { try await SharedLedgerConformance.isHandedOver(one, other) }

    @Test("comes with word of what others have accepted")
    func acceptances() async throws { try await SharedLedgerConformance.tellsTheHolderOfWhatOthersAccept(one, other) }

    @Test("comes with what others were told, once")
    func notes() async throws { try await SharedLedgerConformance.handsNotesOutOnce(one, other) }

    @Test("comes with word of something, where a newer draind was told what this one does not know")
    func unknownNote() async throws {
        let item: DynamoDB.Item = ["pk": .string("note"), "sk": .string("1"), "note": .string(#"{"sung":{}}"#)]
        try await DynamoDB(Moto.caller()).transactWriteItems(table: table.name, [.put(item)], token: "t")
        let lease = try #require(try await one.claim(Lease.Holder(name: "one"), after: nil))
        #expect(try await one.takeNotes(in: lease.epoch) == [.accepted("")])
    }

    @Test("comes with what others were told, and nobody else takes that")
    func notesOfTheHolder() async throws { try await SharedLedgerConformance.keepsNotesForTheHolder(one, other) }
}
