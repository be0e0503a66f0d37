import AWSClient
public import DrainEngine
import DrainModel

extension DynamoDBLedger {
    /// Makes the table, unless there is one, waits until it can be used, and has it delete what has expired. It may be
    /// called again after whatever went wrong.
    ///
    /// - Throws: ``LedgerError/unavailable(_:)`` when there is a table of that name that is another.
    public func createTableIfMissing() async throws(LedgerError) {
        do throws(AWSError) {
            try await dynamoDB.createTable(table, keys: DynamoDBLayout.keys)
        } catch {
            guard error.isTableInUse else { throw LedgerError(error, isWrite: true, table: table) }
        }
        try await waitUntilActive()
        try requireSchema(Self.differences(in: await described()))
        // Another that starts at the same moment may be faster: what there is then decides.
        if try await timeToLive().status == "DISABLED" {
            try? await dynamoDB.updateTimeToLive(table: table, attribute: DynamoDBLayout.expiry)
        }
        try await checkSchema()
    }

    /// Makes sure that the table is the one that this ledger needs.
    ///
    /// - Throws: ``LedgerError/unavailable(_:)``, which names all that differs.
    public func checkSchema() async throws(LedgerError) {
        let (table, timeToLive) = try await (described(), timeToLive())
        try requireSchema(Self.differences(in: table) + Self.differences(in: timeToLive))
    }

    private func requireSchema(_ differences: [String]) throws(LedgerError) {
        guard differences.isEmpty else {
            throw .unavailable(
                "DynamoDB table \(table) is not as draind needs it: \(differences.joined(separator: "; "))")
        }
    }

    private static func differences(in table: DynamoDB.Table) -> [String] {
        var differences: [String] = []
        if table.keys.sorted(by: { $0.role < $1.role }) != DynamoDBLayout.keys {
            differences.append("its key is \(describe(table.keys)), not \(describe(DynamoDBLayout.keys))")
        }
        if table.status != "ACTIVE" && table.status != "UPDATING" {
            differences.append("its status is \(table.status), not ACTIVE")
        }
        return differences
    }

    private static func differences(in timeToLive: DynamoDB.TimeToLive) -> [String] {
        guard timeToLive.status == "ENABLED" || timeToLive.status == "ENABLING" else {
            return ["its time to live is \(timeToLive.status), and should be ENABLED on \(DynamoDBLayout.expiry)"]
        }
        guard let attribute = timeToLive.attribute, attribute != DynamoDBLayout.expiry else { return [] }
        return ["its time to live is on \(attribute), not on \(DynamoDBLayout.expiry)"]
    }

    private static func describe(_ keys: [DynamoDB.Table.Key]) -> String {
        keys.map { "\($0.name) (\($0.role), \($0.type))" }.joined(separator: " and ")
    }

    private func described() async throws(LedgerError) -> DynamoDB.Table {
        do throws(AWSError) {
            return try await dynamoDB.describeTable(table)
        } catch {
            throw LedgerError(error, isWrite: false, table: table)
        }
    }

    private func timeToLive() async throws(LedgerError) -> DynamoDB.TimeToLive {
        do throws(AWSError) {
            return try await dynamoDB.describeTimeToLive(table: table)
        } catch {
            throw LedgerError(error, isWrite: false, table: table)
        }
    }

    /// Two minutes at the most. A table that was only just made may not be known yet.
    private func waitUntilActive() async throws(LedgerError) {
        var status = "unknown"
        for _ in 0..<60 {
            do throws(AWSError) {
                status = try await dynamoDB.describeTable(table).status
                if status == "ACTIVE" || status == "UPDATING" { return }
            } catch {
                guard error.isTableMissing else { throw LedgerError(error, isWrite: false, table: table) }
            }
            do { try await clock.sleep(until: clock.now() + .seconds(2)) } catch { break }
        }
        throw .unavailable("DynamoDB table \(table) is not ACTIVE yet: its status is \(status); try again")
    }
}
