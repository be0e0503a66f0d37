import AWSClient
import DrainEngine
import FoundationEssentials

extension DynamoDBLedger {
    /// How many writes a transaction holds beside the check of the epoch.
    static let writesOfTransaction = DynamoDB.TransactionLimit.writes - 1

    /// How many bytes of records a transaction changes, unless one record alone is more. A partition takes a thousand
    /// write units a second, and a transaction two for each KB: it takes this much in less than half a second.
    /// Source: DynamoDB developer guide, "Best practices for designing and using partition keys effectively" and
    /// "DynamoDB on-demand capacity mode": write request units.
    static let bytesOfTransaction = 200_000

    enum Outcome: Hashable {
        case done
        /// Nothing was written: the conditions of these writes did not hold.
        case refused(Set<Int>)
    }

    /// Carries out all writes or none, if the epoch is still the writer's. What meets another writer is tried again.
    ///
    /// - Parameter epoch: nil where another process decides.
    func transact(_ writes: [DynamoDB.Write], epoch: Epoch?) async throws(LedgerError) -> Outcome {
        await turnstile.enter()
        defer { turnstile.leave() }
        let check = epoch.map { DynamoDB.Write.conditionCheck(key: DynamoDBLayout.lease, condition: isOf($0)) }
        let all = (check.map { [$0] } ?? []) + writes
        var attempt = 1
        while true {
            do throws(AWSError) {
                try await dynamoDB.transactWriteItems(table: table, all, token: UUID().uuidString)
                return .done
            } catch {
                let reasons = error.cancellationReasons ?? []
                if check != nil, reasons.first?.isConditionalCheckFailed ?? false { throw .fenced }
                let refused = reasons.dropFirst(check == nil ? 0 : 1).enumerated().filter {
                    $0.element.isConditionalCheckFailed
                }
                if !refused.isEmpty { return .refused(Set(refused.map(\.offset))) }
                let isPassing = reasons.contains { $0.isConflict || $0.isThrottling } && !error.mayHaveBeenReceived
                guard isPassing, attempt < Self.attempts else { throw LedgerError(error, isWrite: true, table: table) }
            }
            try await pause(after: attempt)
            attempt += 1
        }
    }

    /// Refuses a writer whose epoch is over where there is nothing to write.
    func requireCurrent(_ epoch: Epoch) async throws(LedgerError) {
        guard try await item(DynamoDBLayout.lease)?["epoch"]?.integer == epoch.number else { throw .fenced }
    }
}
