import AWSClient
import DrainEngine
import DrainModel
import FoundationEssentials

/// A drain as an item of the table holds it: JSON, and no more of it than an item can hold.
enum DynamoDBRecord {
    /// In bytes. An item may have 400 KB with its keys and the names of its attributes.
    /// Source: DynamoDB developer guide, "Quotas": item size.
    static let limit = 390_000

    /// Where the record is too large, the beginning of its history is left out, and the history says so; where that is not
    /// enough, one of the tasks of a service that have stopped stands for all of them. All else decides what draind does.
    ///
    /// - Throws: ``LedgerError/unavailable(_:)`` when it is too large even so.
    static func encode(_ drain: Drain) throws(LedgerError) -> String {
        let whole = try json(drain)
        guard whole.utf8.count > limit else { return whole }
        var short = drain
        short.history = [
            Drain.HistoryEntry(
                at: drain.history.first?.at ?? drain.acceptedAt,
                message: "what came next is left out here: a record in DynamoDB has at most \(limit / 1000) KB")
        ]
        if try json(short).utf8.count > limit { short.tasks = merged(short.tasks) }
        var room = limit - (try json(short)).utf8.count
        guard room >= 0 else {
            throw .unavailable(
                "the record of \(drain.id) is too large for DynamoDB: \(limit - room) bytes without its history, and "
                    + "\(limit) are allowed; draind cannot carry it on: complete its lifecycle action by hand")
        }
        var entries = 0
        for entry in drain.history.reversed() {
            room -= (try json(entry)).utf8.count + 1
            if room < 0 { break }
            entries += 1
        }
        short.history += drain.history.suffix(entries)
        return try json(short)
    }

    /// For the one that is left, its service is waited for, and for all their addresses the targets.
    private static func merged(_ tasks: [TrackedTask]) -> [TrackedTask] {
        var merged: [TrackedTask] = []
        var places: [ServiceName?: Int] = [:]
        for task in tasks {
            if task.isStopped, let place = places[task.service] {
                merged[place].addresses += task.addresses.filter { !merged[place].addresses.contains($0) }
            } else {
                if task.isStopped { places[task.service] = merged.endIndex }
                merged.append(task)
            }
        }
        return merged
    }

    static func decode(_ item: DynamoDB.Item) throws(LedgerError) -> Drain {
        guard let record = item["record"]?.string else { throw .unreadable("an item of a drain without its record") }
        do {
            return try JSONDecoder().decode(Drain.self, from: Data(record.utf8))
        } catch {
            throw .unreadable("the record of drain \(item["sk"]?.string ?? "?"): \(error)")
        }
    }

    private static func json(_ value: some Encodable) throws(LedgerError) -> String {
        do {
            return String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
        } catch {
            throw .unavailable("a record that cannot be written as JSON: \(error)")
        }
    }
}
