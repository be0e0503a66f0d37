public import DrainEngine
public import DrainModel
import FoundationEssentials
import GRDB

extension SQLiteLedger: StackRequestLedger {
    public func accept(_ request: StackRequest) async throws(LedgerError) -> Bool {
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO stackRequest (id, acceptedAt, finished, record) VALUES (?, ?, ?, ?)
                    ON CONFLICT (id) DO NOTHING
                    """, arguments: try Self.row(of: request))
            return database.changesCount > 0
        }
    }

    public func update(_ request: StackRequest, epoch: Epoch) async throws(LedgerError) {
        try await write { database in
            try database.requireCurrent(epoch)
            let record = try Self.json(request)
            try database.execute(
                sql: "UPDATE stackRequest SET finished = ?, record = ? WHERE id = ? AND finished = 0",
                arguments: [request.finishedAt != nil, record, request.id.rawValue])
            guard let finishedAt = request.finishedAt else { return }
            let limit = finishedAt - LedgerRetention.finished
            try database.execute(
                sql: "DELETE FROM stackRequest WHERE finished = 1 AND acceptedAt < ?",
                arguments: [limit.millisecondsSinceEpoch])
        }
    }

    public func openStackRequests() async throws(LedgerError) -> [StackRequest] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT record FROM stackRequest WHERE finished = 0 ORDER BY acceptedAt, id"
            ).map(Self.request)
        }
    }

    public func stackRequest(_ id: StackRequestID) async throws(LedgerError) -> StackRequest? {
        try await read { database in
            try Row.fetchOne(
                database, sql: "SELECT record FROM stackRequest WHERE id = ?", arguments: [id.rawValue]
            ).map(Self.request)
        }
    }

    private static func row(of request: StackRequest) throws -> StatementArguments {
        [
            request.id.rawValue, request.acceptedAt.millisecondsSinceEpoch, request.finishedAt != nil,
            try json(request),
        ]
    }

    private static func json(_ request: StackRequest) throws -> String {
        String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
    }

    private static func request(_ row: Row) throws -> StackRequest {
        let record: String = row["record"]
        do {
            return try JSONDecoder().decode(StackRequest.self, from: Data(record.utf8))
        } catch {
            throw LedgerError.unreadable("a recorded request of CloudFormation: \(error)")
        }
    }
}
