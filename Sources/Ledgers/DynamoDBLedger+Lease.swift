import AWSClient
public import DrainEngine
import DrainModel
import FoundationEssentials

extension DynamoDBLedger {
    public func lease() async throws(LedgerError) -> Lease? {
        guard let item = try await item(DynamoDBLayout.lease) else { return nil }
        return try Lease(item, in: table)
    }

    public func claim(_ holder: Lease.Holder, after seen: Lease?) async throws(LedgerError) -> Lease? {
        let isAsSeen =
            seen.map { seen in
                DynamoDB.Expression(
                    "#epoch = :epoch AND #beat = :beat",
                    [":epoch": .integer(seen.epoch.number), ":beat": .integer(seen.beat)])
            } ?? DynamoDB.Expression("attribute_not_exists(#pk)")
        let update = DynamoDB.Expression(
            "SET #holder = :holder, #settings = :settings ADD #epoch :one, #beat :one",
            [
                ":holder": .string(holder.name), ":settings": .string(try Lease.encode(holder.settings)),
                ":one": .integer(1),
            ])
        let item = try await updateAlone(DynamoDBLayout.lease, update, if: isAsSeen)
        return try item.map { (item) throws(LedgerError) in try Lease(item, in: table) }
    }

    /// In turn with this process's own transactions, which check the same item; before those that wait.
    public func renew(_ lease: Lease) async throws(LedgerError) -> Lease {
        await turnstile.enter(first: true)
        defer { turnstile.leave() }
        let update = DynamoDB.Expression("ADD #beat :one", [":one": .integer(1)])
        guard let item = try await updateAlone(DynamoDBLayout.lease, update, if: isOf(lease.epoch)) else {
            throw .fenced
        }
        return try Lease(item, in: table)
    }

    public func handOver(_ lease: Lease) async throws(LedgerError) {
        let update = DynamoDB.Expression("ADD #beat :one REMOVE #holder", [":one": .integer(1)])
        _ = try await updateAlone(DynamoDBLayout.lease, update, if: isOf(lease.epoch))
    }

    func isOf(_ epoch: Epoch) -> DynamoDB.Expression {
        DynamoDB.Expression("#epoch = :epoch", [":epoch": .integer(epoch.number)])
    }

    // MARK: Notes

    public func leave(_ note: Note) async throws(LedgerError) {
        _ = try await transact([try write(note)], epoch: nil)
    }

    func write(_ note: Note) throws(LedgerError) -> DynamoDB.Write {
        guard let text = try? JSONEncoder().encode(note) else { throw .unreadable("a note that cannot be written") }
        let key = DynamoDBLayout.note(leftAt: clock.now(), UUID().uuidString)
        return .put(key.merging(["note": .string(String(decoding: text, as: UTF8.self))]) { $1 })
    }

    public func takeNotes(in epoch: Epoch) async throws(LedgerError) -> [Note] {
        let items = try await items(
            DynamoDB.Query(DynamoDBLayout.everything(in: "note")), atMost: Self.writesOfTransaction
        )
        .prefix(Self.writesOfTransaction)
        guard !items.isEmpty else { return [] }
        let deletions = items.map { DynamoDB.Write.delete(key: $0.filter { $0.key == "pk" || $0.key == "sk" }) }
        _ = try await transact(deletions, epoch: epoch)
        return items.map { item in
            let note = item["note"]?.string.flatMap { try? JSONDecoder().decode(Note.self, from: Data($0.utf8)) }
            // What a newer draind says may be that it has accepted something: the holder looks.
            return note ?? .accepted("")
        }
    }
}

extension Lease {
    init(_ item: DynamoDB.Item, in table: String) throws(LedgerError) {
        guard let epoch = item["epoch"]?.integer, let beat = item["beat"]?.integer else {
            throw .unreadable("the lease of DynamoDB table \(table) has no epoch and beat that are numbers")
        }
        let settings = item["settings"]?.string.flatMap { text in
            try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        }
        self.init(
            epoch: Epoch(number: epoch),
            holder: item["holder"]?.string.map { Holder(name: $0, settings: settings ?? [:]) }, beat: beat)
    }

    fileprivate static func encode(_ settings: [String: String]) throws(LedgerError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let text = try? encoder.encode(settings) else { throw .unreadable("settings that cannot be written") }
        return String(decoding: text, as: UTF8.self)
    }
}
