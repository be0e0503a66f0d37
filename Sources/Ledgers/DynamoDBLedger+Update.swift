import AWSClient
public import DrainEngine
public import DrainModel

extension DynamoDBLedger {
    /// In as many transactions as it takes.
    public func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError) {
        var changes: [Change] = []
        var tooLarge: LedgerError?
        for drain in Self.lastVersions(of: drains) {
            do throws(LedgerError) { changes.append(try Change(drain)) } catch { tooLarge = error }
        }
        for chunk in Self.chunks(of: changes) { try await record(chunk, epoch: epoch) }
        // The others are not to suffer for it.
        if let tooLarge { throw tooLarge }
    }

    /// Records the changes of one transaction, but for those of drains that are no longer open: finished is final.
    private func record(_ changes: [Change], epoch: Epoch) async throws(LedgerError) {
        var changes = changes
        while !changes.isEmpty {
            let outcome = try await transact(changes.flatMap(\.writes), epoch: epoch)
            guard case .refused(let writes) = outcome else { return }
            var end = 0
            changes = changes.filter { change in
                let range = end..<(end + change.writes.count)
                end = range.upperBound
                return writes.isDisjoint(with: range)
            }
        }
    }

    /// A transaction holds one write of an item: of two versions of a drain the later one counts, unless the earlier
    /// one is finished.
    private static func lastVersions(of drains: [Drain]) -> [Drain] {
        var last: [DrainID: Drain] = [:]
        for drain in drains where last[drain.id]?.phase != .finished { last[drain.id] = drain }
        return last.values.sorted { $0.id < $1.id }
    }

    /// What must be atomic is one drain's change: where it finishes, it leaves one partition and enters two others. The
    /// drains do not depend on each other.
    private static func chunks(of changes: [Change]) -> [[Change]] {
        var chunks: [[Change]] = []
        var (writes, bytes) = (0, 0)
        for change in changes {
            writes += change.writes.count
            bytes += change.bytes
            if chunks.isEmpty || writes > writesOfTransaction || bytes > bytesOfTransaction {
                chunks.append([])
                (writes, bytes) = (change.writes.count, change.bytes)
            }
            chunks[chunks.count - 1].append(change)
        }
        return chunks
    }
}

/// What the table is to be told of a new version of a drain. The first of the writes has a condition: that it is open.
private struct Change {
    let writes: [DynamoDB.Write]
    /// What it writes, and what it deletes: both count.
    let bytes: Int

    init(_ drain: Drain) throws(LedgerError) {
        let record = try DynamoDBRecord.encode(drain)
        bytes = record.utf8.count * (drain.phase == .finished ? 2 : 1)
        let isOpen = DynamoDB.Expression("attribute_exists(#pk)")
        guard drain.phase == .finished else {
            writes = [.record(record, of: drain.id, if: isOpen)]
            return
        }
        let place = DynamoDBLayout.place(of: drain)
        var finished = DynamoDBLayout.finished(at: place)
        finished["record"] = .string(record)
        finished["cluster"] = (drain.location?.cluster.rawValue).map { .string($0) }
        finished[DynamoDBLayout.expiry] = DynamoDBLayout.expiry(of: drain)
        var ended = DynamoDBLayout.ended(drain.id)
        ended["place"] = .string(place)
        ended["outcome"] = (drain.outcome?.rawValue).map { .string($0) }
        ended[DynamoDBLayout.expiry] = DynamoDBLayout.expiry(of: drain)
        writes = [.delete(key: DynamoDBLayout.open(drain.id), condition: isOpen), .put(finished), .put(ended)]
    }
}

extension DynamoDB.Write {
    /// Writes a new record of an open drain.
    static func record(_ record: String, of id: DrainID, if condition: DynamoDB.Expression) -> Self {
        .update(
            key: DynamoDBLayout.open(id),
            DynamoDB.Expression(
                "SET #record = :record ADD #revision :one", [":record": .string(record), ":one": .integer(1)]),
            condition: condition)
    }
}
