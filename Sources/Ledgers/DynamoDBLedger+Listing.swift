import AWSClient
public import DrainEngine
public import DrainModel

extension DynamoDBLedger {
    public func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage {
        let limit = max(1, query.limit)
        var before: String?
        if let after = query.after {
            // Of what is forgotten, nobody knows what came before.
            guard let place = try await place(of: after) else { return DrainPage(drains: [], next: nil) }
            before = place
        }
        // The open ones first: a drain that finishes meanwhile is then seen twice, but not missed.
        var found: [DrainID: Drain] = [:]
        if query.state != .finished {
            for drain in try await openDrains(matching: query, before: before) { found[drain.id] = drain }
        }
        if query.state != .active {
            for drain in try await finishedDrains(matching: query, before: before, atMost: limit + 1) {
                found[drain.id] = drain
            }
        }
        let drains = found.values.sorted { ($0.acceptedAt, $0.id) > ($1.acceptedAt, $1.id) }
        let page = Array(drains.prefix(limit))
        return DrainPage(drains: page, next: drains.count > limit ? page.last?.id : nil)
    }

    private func place(of id: DrainID) async throws(LedgerError) -> String? {
        if let open = try await item(DynamoDBLayout.open(id)) {
            return DynamoDBLayout.place(of: try DynamoDBRecord.decode(open))
        }
        return try await item(DynamoDBLayout.ended(id))?["place"]?.string
    }

    private func openDrains(matching query: DrainQuery, before: String?) async throws(LedgerError) -> [Drain] {
        try await activeDrains().filter { drain in
            (query.cluster == nil || drain.location?.cluster == query.cluster)
                && (before.map { DynamoDBLayout.place(of: drain) < $0 } ?? true)
        }
    }

    private func finishedDrains(
        matching query: DrainQuery, before: String?, atMost limit: Int
    ) async throws(LedgerError) -> [Drain] {
        let filter = query.cluster.map { cluster in
            DynamoDB.Expression("#cluster = :cluster", [":cluster": .string(cluster.rawValue)])
        }
        let keys = before.map(DynamoDBLayout.finished(before:)) ?? DynamoDBLayout.everything(in: "finished")
        // Where a cluster is asked for, many may have to be looked at for one that is answered.
        let found = try await items(
            DynamoDB.Query(keys, filter: filter, isDescending: true, limit: filter == nil ? limit : nil),
            atMost: limit)
        return try found.prefix(limit).map { (item) throws(LedgerError) in try DynamoDBRecord.decode(item) }
    }
}
