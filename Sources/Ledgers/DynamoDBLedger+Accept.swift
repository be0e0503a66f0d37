import AWSClient
public import DrainEngine
public import DrainModel

extension DynamoDBLedger {
    public func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance {
        for attempt in 1...Self.attempts {
            let known = try await known(of: drain.instance)
            if let acceptance = try await accept(drain, among: known, epoch: epoch) { return acceptance }
            try await pause(after: attempt)
        }
        throw .unavailable("DynamoDB table \(table): others write about \(drain.instance) all the time; try again")
    }

    /// What is recorded of an instance, as it was at one moment or another: whatever is decided by it is written only
    /// if that still holds.
    private struct Known {
        /// nil as long as no drain was accepted for it.
        let version: Int64?
        /// By acceptance.
        let open: [(drain: Drain, revision: Int64)]
        /// Items of the partition `ended`, by acceptance.
        let ended: [DynamoDB.Item]
    }

    private func known(of instance: InstanceID) async throws(LedgerError) -> Known {
        // The version first: what is accepted after this read makes it another one.
        let version = try await versionItem(of: instance)?["version"]?.integer
        // Then in the order in which drains move, so that none is missed.
        let open = try await items(DynamoDB.Query(DynamoDBLayout.drains(of: instance, in: "open")))
            .map { (item) throws(LedgerError) in (try DynamoDBRecord.decode(item), item["revision"]?.integer ?? 0) }
            .sorted { ($0.0.acceptedAt, $0.0.id) < ($1.0.acceptedAt, $1.0.id) }
        let ended = try await items(DynamoDB.Query(DynamoDBLayout.drains(of: instance, in: "ended")))
            .sorted { $0["place"]?.string ?? "" < $1["place"]?.string ?? "" }
        return Known(version: version, open: open.map { (drain: $0.0, revision: $0.1) }, ended: ended)
    }

    /// - Returns: nil when something was written meanwhile, so that it has to be looked at again.
    private func accept(_ drain: Drain, among known: Known, epoch: Epoch?) async throws(LedgerError) -> Acceptance? {
        if let duplicate = try await recorded(drain, among: known) {
            if let epoch { try await requireCurrent(epoch) }
            return .duplicate(duplicate)
        }
        // Whoever decides does not know of it yet.
        var notes: [DynamoDB.Write] = []
        if let action = drain.action, let open = known.open.first(where: { $0.drain.action?.mayBe(action) ?? false }) {
            let heard = DrainMachine.heard(open.drain, action.token)
            let write = DynamoDB.Write.record(
                try DynamoDBRecord.encode(heard), of: heard.id,
                if: DynamoDB.Expression("#revision = :revision", [":revision": .integer(open.revision)]))
            if epoch == nil, let token = action.token { notes = [try self.write(.heard(heard.id, token))] }
            return try await transact([write] + notes, epoch: epoch) == .done ? .duplicate(heard) : nil
        }
        let open = DynamoDBLayout.open(drain.id).merging([
            "record": .string(try DynamoDBRecord.encode(drain)), "revision": .integer(1),
        ]) { $1 }
        let writes = [
            countUp(known.version, for: drain), .put(open, condition: DynamoDB.Expression("attribute_not_exists(#pk)")),
        ]
        if epoch == nil { notes = [try self.write(.accepted(drain.id))] }
        return try await transact(writes + notes, epoch: epoch) == .done ? .accepted : nil
    }

    /// The drain that this one is, where there is nothing to add to it.
    private func recorded(_ drain: Drain, among known: Known) async throws(LedgerError) -> Drain? {
        if let open = known.open.first(where: { $0.drain.id == drain.id }) { return open.drain }
        if let ended = known.ended.first(where: { $0["sk"]?.string == drain.id.rawValue }) {
            return try await finished(ended)
        }
        guard let action = drain.action else { return nil }
        if let open = known.open.first(where: { $0.drain.action?.mayBe(action) ?? false }) {
            return DrainMachine.heard(open.drain, action.token) == open.drain ? open.drain : nil
        }
        return try await cancelled(like: drain, action, among: known)
    }

    /// The drain of the same action that an operator has called off, while Auto Scaling may still wait: without
    /// heartbeats that is no longer than the longest heartbeat timeout.
    private func cancelled(
        like drain: Drain, _ action: LifecycleAction, among known: Known
    ) async throws(LedgerError) -> Drain? {
        for ended in known.ended.reversed() where ended["outcome"]?.string == DrainOutcome.cancelled.rawValue {
            guard let cancelled = try await finished(ended), let end = cancelled.finishedAt else { continue }
            let isSame = cancelled.action?.mayBe(action) ?? false
            let moment = action.token == nil ? drain.acceptedAt : action.startedAt
            if isSame, moment <= end + LifecycleHookTiming.longest { return cancelled }
        }
        return nil
    }

    /// An item that has expired counts for as long as it is there: it is there for its number alone.
    private func versionItem(of instance: InstanceID) async throws(LedgerError) -> DynamoDB.Item? {
        do throws(AWSError) {
            return try await dynamoDB.getItem(table: table, key: DynamoDBLayout.instance(instance))
        } catch {
            throw LedgerError(error, isWrite: false, table: table)
        }
    }

    /// Of two acceptances for an instance that were decided by the same reads, one is refused by this.
    private func countUp(_ version: Int64?, for drain: Drain) -> DynamoDB.Write {
        let isUnchanged =
            version.map { DynamoDB.Expression("#version = :version", [":version": .integer($0)]) }
            ?? DynamoDB.Expression("attribute_not_exists(#pk)")
        return .update(
            key: DynamoDBLayout.instance(drain.instance),
            DynamoDB.Expression(
                "SET #version = :next, #expiresAt = :expiry",
                [":next": .integer((version ?? 0) + 1), ":expiry": DynamoDBLayout.expiry(of: drain)]),
            condition: isUnchanged)
    }
}
