public import AWSClient
public import DrainEngine
public import DrainModel
import Synchronization

/// The shared ledger: one DynamoDB table, for as many processes as there are.
///
/// Every write is a transaction that also checks the epoch; every read is strongly consistent. A transaction that was
/// answered is durable, in three data centers. ``DynamoDBLayout`` says how the table is laid out.
public final class DynamoDBLedger: SharedLedger {
    let table: String
    let dynamoDB: DynamoDB
    let clock: any WallClock
    private let random: @Sendable () -> Double
    private let report: @Sendable (LedgerError) -> Void
    private let reported = Mutex<Set<LedgerError>>([])
    /// DynamoDB refuses transactions that meet at an item, and all of a writer's meet at its epoch.
    let turnstile = Turnstile()

    /// How often what met another writer is tried, over two seconds at most.
    static let attempts = 8

    /// - Parameters:
    ///   - clock: says what has expired, and waits between two tries.
    ///   - random: from 0 up to 1, for the length of that wait.
    ///   - report: is told, once of each, of what is open and cannot be read, which is left alone.
    public init(
        table: String, caller: any AWSCaller, clock: any WallClock,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        report: @escaping @Sendable (LedgerError) -> Void = { _ in }
    ) {
        self.table = table
        // Five seconds for each call: SNS waits 15 for the answer to a hook.
        dynamoDB = DynamoDB(caller.with(timeLimit: .seconds(5)))
        self.clock = clock
        self.random = random
        self.report = report
    }

    /// Whoever holds the lease loses it.
    public func beginEpoch() async throws(LedgerError) -> Epoch {
        let update = DynamoDB.Expression("ADD #epoch :one, #beat :one REMOVE #holder", [":one": .integer(1)])
        guard let item = try await updateAlone(DynamoDBLayout.lease, update) else { throw .fenced }
        return try Lease(item, in: table).epoch
    }

    /// Those that cannot be read, of a newer draind perhaps, are left to it: the others are not to suffer for them.
    public func activeDrains() async throws(LedgerError) -> [Drain] {
        var drains: [Drain] = []
        for item in try await items(DynamoDB.Query(DynamoDBLayout.everything(in: "open"))) {
            do throws(LedgerError) {
                drains.append(try DynamoDBRecord.decode(item))
            } catch {
                leave(alone: error)
            }
        }
        return drains.sorted { ($0.acceptedAt, $0.id) < ($1.acceptedAt, $1.id) }
    }

    /// Tells, once, of something that cannot be read.
    func leave(alone error: LedgerError) {
        if reported.withLock({ $0.insert(error).inserted }) { report(error) }
    }

    public func drain(_ id: DrainID) async throws(LedgerError) -> Drain? {
        // In the order in which it moves: so it cannot be missed.
        if let open = try await item(DynamoDBLayout.open(id)) { return try DynamoDBRecord.decode(open) }
        guard let ended = try await item(DynamoDBLayout.ended(id)) else { return nil }
        return try await finished(ended)
    }

    public func checkWritable() async throws(LedgerError) {
        let update = DynamoDB.Expression("ADD #count :one", [":one": .integer(1)])
        _ = try await updateAlone(DynamoDBLayout.writable, update)
    }

    /// The finished drain that an item of the partition `ended` leads to; nil when it has just been deleted.
    func finished(_ ended: DynamoDB.Item) async throws(LedgerError) -> Drain? {
        guard let place = ended["place"]?.string else {
            throw .unreadable("an item of a drain that has ended without its place")
        }
        guard let item = try await item(DynamoDBLayout.finished(at: place)) else { return nil }
        return try DynamoDBRecord.decode(item)
    }

    /// What is not there, or has expired, is nil.
    func item(_ key: DynamoDB.Item) async throws(LedgerError) -> DynamoDB.Item? {
        do throws(AWSError) {
            guard let item = try await dynamoDB.getItem(table: table, key: key) else { return nil }
            return DynamoDBLayout.hasExpired(item, at: clock.now()) ? nil : item
        } catch {
            throw LedgerError(error, isWrite: false, table: table)
        }
    }

    /// All pages, but no more than it takes to have so many; what has expired is left out.
    func items(_ query: DynamoDB.Query, atMost limit: Int = .max) async throws(LedgerError) -> [DynamoDB.Item] {
        var items: [DynamoDB.Item] = []
        var next: DynamoDB.Item?
        do throws(AWSError) {
            repeat {
                let page = try await dynamoDB.query(table: table, query, after: next)
                items += page.items.filter { !DynamoDBLayout.hasExpired($0, at: clock.now()) }
                next = page.lastKey
            } while next != nil && items.count < limit
            return items
        } catch {
            throw LedgerError(error, isWrite: false, table: table)
        }
    }

    /// Updates an item outside of any transaction; tried again when it meets one.
    ///
    /// - Returns: the item as it is now; nil when the condition does not hold.
    func updateAlone(
        _ key: DynamoDB.Item, _ update: DynamoDB.Expression, if condition: DynamoDB.Expression? = nil
    ) async throws(LedgerError) -> DynamoDB.Item? {
        var attempt = 1
        while true {
            do throws(AWSError) {
                return try await dynamoDB.updateItem(table: table, key: key, update, condition: condition)
            } catch {
                if error.isConditionalCheckFailed { return nil }
                let met = error.isTransactionConflict && !error.mayHaveBeenReceived
                guard met, attempt < Self.attempts else { throw LedgerError(error, isWrite: true, table: table) }
            }
            try await pause(after: attempt)
            attempt += 1
        }
    }

    /// Waits after a try that met another writer: longer each time, and never for as long as the other does.
    func pause(after attempt: Int) async throws(LedgerError) {
        let longest = min(1000, 25 << attempt)
        do {
            try await clock.sleep(until: clock.now() + .milliseconds(Int64(Double(longest) * random())))
        } catch {
            throw .unavailable("cancelled while it waited for another writer")
        }
    }
}
