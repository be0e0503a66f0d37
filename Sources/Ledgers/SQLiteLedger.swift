public import DrainEngine
public import DrainModel
import FoundationEssentials
import GRDB

/// The embedded ledger: one SQLite file, one process.
///
/// Write-ahead logging with `synchronous=FULL`: a transaction that returned is on disk, whatever happens to the process
/// or the machine. A lock file beside it keeps a second draind out.
public final class SQLiteLedger: Ledger {
    private let pool: DatabasePool
    private let lock: FileLock

    /// Opens or creates the file.
    ///
    /// - Throws: ``LedgerError/unavailable(_:)`` when it cannot be opened or another process holds it,
    ///   ``LedgerError/unreadable(_:)`` when it is damaged or a newer draind made it.
    public init(path: String) throws(LedgerError) {
        lock = try FileLock(path: "\(path).lock")
        var configuration = Configuration()
        configuration.label = "draind.ledger"
        configuration.busyMode = .timeout(5)
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            let migrator = Migrations.all
            guard try pool.read({ try !migrator.hasBeenSuperseded($0) }) else {
                throw LedgerError.unreadable("\(path) was made by a newer draind")
            }
            // Not in `prepareDatabase`: GRDB sets NORMAL after that when it turns write-ahead logging on.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try migrator.migrate(pool)
        } catch {
            throw LedgerError(error, at: path)
        }
    }

    public func beginEpoch() async throws(LedgerError) -> Epoch {
        try await write { database in
            try database.execute(sql: "INSERT INTO epoch DEFAULT VALUES")
            return Epoch(number: database.lastInsertedRowID)
        }
    }

    public func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance {
        guard let epoch else { throw .unavailable("nobody carries out what is accepted without an epoch") }
        return try await write { database in
            try database.requireCurrent(epoch)
            if let recorded = try StoredDrain.fetch(drain.id, from: database) { return .duplicate(recorded) }
            if let open = try StoredDrain.fetchOpen(of: drain, from: database) {
                let heard = DrainMachine.heard(open, drain.action?.token)
                try StoredDrain.write(heard, epoch: epoch, in: database)
                return .duplicate(heard)
            }
            if let cancelled = try StoredDrain.fetchCancelled(like: drain, from: database) {
                return .duplicate(cancelled)
            }
            try StoredDrain.write(drain, epoch: epoch, in: database)
            return .accepted
        }
    }

    public func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError) {
        try await write { database in
            try database.requireCurrent(epoch)
            for drain in drains { try StoredDrain.write(drain, epoch: epoch, in: database) }
            if let latest = drains.compactMap(\.finishedAt).max() {
                try StoredDrain.forgetFinished(acceptedBefore: latest - LedgerRetention.finished, in: database)
            }
        }
    }

    public func activeDrains() async throws(LedgerError) -> [Drain] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT record FROM drain WHERE finished = 0 ORDER BY acceptedAt, id")
                .map(StoredDrain.decode)
        }
    }

    public func drain(_ id: DrainID) async throws(LedgerError) -> Drain? {
        try await read { try StoredDrain.fetch(id, from: $0) }
    }

    public func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage {
        try await read { database in
            var conditions = ["TRUE"]
            var arguments = StatementArguments()
            switch query.state {
            case .all: break
            case .active: conditions.append("finished = 0")
            case .finished: conditions.append("finished = 1")
            }
            if let cluster = query.cluster {
                conditions.append("cluster = ?")
                arguments += [cluster.rawValue]
            }
            if let after = query.after {
                conditions.append("(acceptedAt, id) < (SELECT acceptedAt, id FROM drain WHERE id = ?)")
                arguments += [after.rawValue]
            }
            let limit = max(1, query.limit)
            arguments += [limit + 1]
            let drains = try Row.fetchAll(
                database,
                sql: """
                    SELECT record FROM drain WHERE \(conditions.joined(separator: " AND "))
                    ORDER BY acceptedAt DESC, id DESC LIMIT ?
                    """, arguments: arguments
            ).map(StoredDrain.decode)
            let page = Array(drains.prefix(limit))
            return DrainPage(drains: page, next: drains.count > limit ? page.last?.id : nil)
        }
    }

    public func checkWritable() async throws(LedgerError) {
        try await write { database in
            try database.execute(sql: "UPDATE writable SET count = count + 1")
        }
    }

    /// Runs a PRAGMA on the writing connection, for tests: `synchronous` to see what is in force,
    /// `max_page_count = N` to make the disk look full.
    package func pragma(_ pragma: String) async throws(LedgerError) -> String? {
        do {
            return try await pool.writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA \(pragma)") }
        } catch {
            throw LedgerError(error)
        }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(LedgerError) -> T {
        do { return try await pool.write(body) } catch { throw LedgerError(error, isWrite: true) }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws(LedgerError) -> T {
        do { return try await pool.read(body) } catch { throw LedgerError(error) }
    }
}

/// The schema, step by step. A step that was released is never changed; changes are new steps.
private enum Migrations {
    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: drains and epochs") { database in
            try database.execute(
                sql: """
                    CREATE TABLE epoch (number INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
                    CREATE TABLE drain (
                        id TEXT PRIMARY KEY NOT NULL,
                        instance TEXT NOT NULL,
                        cluster TEXT,
                        acceptedAt INTEGER NOT NULL,
                        finished INTEGER NOT NULL,
                        epoch INTEGER NOT NULL,
                        record TEXT NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX drainByAge ON drain (acceptedAt, id);
                    CREATE INDEX drainByState ON drain (finished, acceptedAt, id);
                    CREATE INDEX drainByCluster ON drain (cluster, acceptedAt, id);
                    CREATE INDEX drainByInstance ON drain (finished, instance);
                    CREATE TABLE writable (count INTEGER NOT NULL) STRICT;
                    INSERT INTO writable VALUES (0);
                    """)
        }
        migrator.registerMigration("2: requests of CloudFormation") { database in
            try database.execute(
                sql: """
                    CREATE TABLE stackRequest (
                        id TEXT PRIMARY KEY NOT NULL,
                        acceptedAt INTEGER NOT NULL,
                        finished INTEGER NOT NULL,
                        record TEXT NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX stackRequestByState ON stackRequest (finished, acceptedAt, id);
                    """)
        }
        return migrator
    }
}

/// How a drain lies in its row: the record as JSON, and beside it the columns that are searched by.
private enum StoredDrain {
    /// Writes a drain, unless it is recorded as finished: finished is final.
    static func write(_ drain: Drain, epoch: Epoch, in database: Database) throws {
        let record = String(decoding: try JSONEncoder().encode(drain), as: UTF8.self)
        try database.execute(
            sql: """
                INSERT INTO drain (id, instance, cluster, acceptedAt, finished, epoch, record)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    cluster = excluded.cluster, finished = excluded.finished, epoch = excluded.epoch,
                    record = excluded.record
                WHERE drain.finished = 0
                """,
            arguments: [
                drain.id.rawValue, drain.instance.rawValue, drain.location?.cluster.rawValue,
                drain.acceptedAt.millisecondsSinceEpoch, drain.phase == .finished, epoch.number, record,
            ])
    }

    static func forgetFinished(acceptedBefore limit: Timestamp, in database: Database) throws {
        try database.execute(
            sql: "DELETE FROM drain WHERE finished = 1 AND acceptedAt < ?", arguments: [limit.millisecondsSinceEpoch])
    }

    static func fetch(_ id: DrainID, from database: Database) throws -> Drain? {
        try Row.fetchOne(database, sql: "SELECT record FROM drain WHERE id = ?", arguments: [id.rawValue]).map(decode)
    }

    /// The open drain whose action may be the very same: one of the two names no token.
    static func fetchOpen(of drain: Drain, from database: Database) throws -> Drain? {
        guard let action = drain.action else { return nil }
        return try Row.fetchAll(
            database, sql: "SELECT record FROM drain WHERE finished = 0 AND instance = ? ORDER BY acceptedAt, id",
            arguments: [drain.instance.rawValue]
        ).map(decode).first { $0.action?.mayBe(action) ?? false }
    }

    /// The drain of the same action that an operator has called off, while Auto Scaling may still wait: without
    /// heartbeats that is no longer than the longest heartbeat timeout.
    static func fetchCancelled(like drain: Drain, from database: Database) throws -> Drain? {
        guard let action = drain.action else { return nil }
        return try Row.fetchAll(
            database, sql: "SELECT record FROM drain WHERE finished = 1 AND instance = ? ORDER BY acceptedAt",
            arguments: [drain.instance.rawValue]
        ).map(decode).last { cancelled in
            guard cancelled.outcome == .cancelled, let end = cancelled.finishedAt else { return false }
            return cancelled.action?.mayBe(action) ?? false
                && (action.token == nil ? drain.acceptedAt : action.startedAt) <= end + LifecycleHookTiming.longest
        }
    }

    static func decode(_ row: Row) throws -> Drain {
        let record: String = row["record"]
        do {
            return try JSONDecoder().decode(Drain.self, from: Data(record.utf8))
        } catch {
            throw LedgerError.unreadable("a recorded drain: \(error)")
        }
    }
}

extension Database {
    /// Refuses the transaction of a writer whose epoch is over.
    func requireCurrent(_ epoch: Epoch) throws {
        let current = try Int64.fetchOne(self, sql: "SELECT max(number) FROM epoch") ?? 0
        guard current == epoch.number else { throw LedgerError.fenced }
    }
}
