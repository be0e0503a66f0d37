import AWSClient
import DrainEngine
import Ledgers
import Testing

@Suite("The table of the DynamoDB ledger", .serialized, Moto.isThere)
struct DynamoDBTableTests {
    let table = SharedTable()

    /// What the ledger says that it is not available for.
    private func unavailable(_ operation: () async throws(LedgerError) -> Void) async -> String? {
        do throws(LedgerError) {
            try await operation()
            return nil
        } catch {
            if case .unavailable(let reason) = error { return reason }
            return nil
        }
    }

    @Test("is made as it is needed, once, however often it is asked for")
    func creation() async throws {
        let ledger = try table.ledger()
        try await ledger.createTableIfMissing()
        let epoch = try await ledger.beginEpoch()
        try await ledger.createTableIfMissing()
        #expect(try await ledger.beginEpoch() > epoch)
        try await ledger.checkSchema()
    }

    @Test("is missed by its name, whatever is asked of it")
    func missing() async throws {
        let ledger = try table.ledger()
        let reasons = [
            await unavailable { () async throws(LedgerError) in _ = try await ledger.beginEpoch() },
            await unavailable { () async throws(LedgerError) in _ = try await ledger.activeDrains() },
            await unavailable { () async throws(LedgerError) in try await ledger.checkWritable() },
            await unavailable { () async throws(LedgerError) in try await ledger.checkSchema() },
        ]
        for reason in reasons {
            #expect(reason?.contains(table.name) == true)
            #expect(reason?.hasSuffix("create it (--create-table), or name another") == true)
        }
    }

    @Test("is refused when its keys are others, and left as it is")
    func otherKeys() async throws {
        let dynamoDB = DynamoDB(try Moto.caller())
        try await dynamoDB.createTable(table.name, keys: [DynamoDB.Table.Key(name: "id", role: "HASH", type: "N")])
        let ledger = try table.ledger()
        let reason = await unavailable { () async throws(LedgerError) in try await ledger.checkSchema() }
        #expect(reason?.contains("its key is id (HASH, N), not pk (HASH, S) and sk (RANGE, S)") == true)
        #expect(reason?.contains("its time to live is DISABLED, and should be ENABLED on expiresAt") == true)
        let refusal = await unavailable { () async throws(LedgerError) in try await ledger.createTableIfMissing() }
        #expect(refusal?.contains("its key is id") == true)
        #expect(try await dynamoDB.describeTimeToLive(table: table.name).status == "DISABLED")
    }

    @Test("is refused when it deletes by another attribute")
    func otherTimeToLive() async throws {
        let dynamoDB = DynamoDB(try Moto.caller())
        try await dynamoDB.createTable(
            table.name,
            keys: [
                DynamoDB.Table.Key(name: "pk", role: "HASH", type: "S"),
                DynamoDB.Table.Key(name: "sk", role: "RANGE", type: "S"),
            ])
        try await dynamoDB.updateTimeToLive(table: table.name, attribute: "ttl")
        let ledger = try table.ledger()
        let reason = await unavailable { () async throws(LedgerError) in try await ledger.checkSchema() }
        #expect(reason?.hasSuffix("its time to live is on ttl, not on expiresAt") == true)
    }
}
