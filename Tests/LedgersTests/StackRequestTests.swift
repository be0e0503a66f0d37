import LedgerConformance
import Ledgers
import Testing

@Suite("The SQLite ledger keeps requests of CloudFormation, and")
struct SQLiteStackRequestTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private func ledger() throws -> SQLiteLedger { try SQLiteLedger(path: folder.file()) }

    @Test("accepts each once") func acceptsOnce() async throws {
        try await StackRequestConformance.acceptsOnce(ledger())
    }
    @Test("accepts one of many equal ones that come at once") func acceptsOneOfMany() async throws {
        try await StackRequestConformance.acceptsOneOfManyAtOnce(ledger())
    }
    @Test("lists those that are open, the oldest first") func lists() async throws {
        try await StackRequestConformance.listsTheOldestFirst(ledger())
    }
    @Test("keeps every part of a record") func keepsWholeRecords() async throws {
        try await StackRequestConformance.keepsWholeRecords(ledger())
    }
    @Test("never reopens what is finished") func keepsFinishedFinal() async throws {
        try await StackRequestConformance.keepsFinishedFinal(ledger())
    }
    @Test("refuses a writer that was replaced") func refusesOldWriters() async throws {
        try await StackRequestConformance.refusesOldWriters(ledger())
    }
    @Test("forgets what finished a month ago") func forgetsOldOnes() async throws {
        try await StackRequestConformance.forgetsOldOnes(ledger())
    }
}

@Suite("The DynamoDB ledger keeps requests of CloudFormation, and", .serialized, Moto.isThere)
struct DynamoDBStackRequestTests {
    let table: SharedTable

    init() async throws { table = try await SharedTable().made() }

    @Test("accepts each once") func acceptsOnce() async throws {
        try await StackRequestConformance.acceptsOnce(table.ledger())
    }
    @Test("accepts one of many equal ones that come at once") func acceptsOneOfMany() async throws {
        try await StackRequestConformance.acceptsOneOfManyAtOnce(table.ledger())
    }
    @Test("lists those that are open, the oldest first") func lists() async throws {
        try await StackRequestConformance.listsTheOldestFirst(table.ledger())
    }
    @Test("keeps every part of a record") func keepsWholeRecords() async throws {
        try await StackRequestConformance.keepsWholeRecords(table.ledger())
    }
    @Test("never reopens what is finished") func keepsFinishedFinal() async throws {
        try await StackRequestConformance.keepsFinishedFinal(table.ledger())
    }
    @Test("refuses a writer that was replaced") func refusesOldWriters() async throws {
        try await StackRequestConformance.refusesOldWriters(table.ledger())
    }
    @Test("forgets what finished a month ago") func forgetsOldOnes() async throws {
        try await StackRequestConformance.forgetsOldOnes(table.ledger()) { table.clock.leap(to: $0) }
    }
}
