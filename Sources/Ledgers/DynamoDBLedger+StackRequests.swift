import AWSClient
public import DrainEngine
public import DrainModel
import FoundationEssentials

extension DynamoDBLedger: StackRequestLedger {
    public func accept(_ request: StackRequest) async throws(LedgerError) -> Bool {
        let isNew = DynamoDB.Expression("attribute_not_exists(#pk)")
        let writes: [DynamoDB.Write] = [
            .put(try item(of: request, at: DynamoDBLayout.request(request.id)), condition: isNew),
            .conditionCheck(key: DynamoDBLayout.answered(request.id), condition: isNew),
        ]
        return try await transact(writes, epoch: nil) == .done
    }

    public func update(_ request: StackRequest, epoch: Epoch) async throws(LedgerError) {
        let isOpen = DynamoDB.Expression("attribute_exists(#pk)")
        var writes: [DynamoDB.Write] = []
        if request.finishedAt == nil {
            writes = [.put(try item(of: request, at: DynamoDBLayout.request(request.id)), condition: isOpen)]
        } else {
            var answered = try item(of: request, at: DynamoDBLayout.answered(request.id))
            answered[DynamoDBLayout.expiry] = DynamoDBLayout.expiry(acceptedAt: request.acceptedAt)
            writes = [.delete(key: DynamoDBLayout.request(request.id), condition: isOpen), .put(answered)]
        }
        // What is refused is finished already.
        _ = try await transact(writes, epoch: epoch)
    }

    /// As with drains, those that cannot be read are left to whoever can.
    public func openStackRequests() async throws(LedgerError) -> [StackRequest] {
        var requests: [StackRequest] = []
        for item in try await items(DynamoDB.Query(DynamoDBLayout.everything(in: "request"))) {
            do throws(LedgerError) { requests.append(try Self.request(item)) } catch { leave(alone: error) }
        }
        return requests.sorted { ($0.acceptedAt, $0.id) < ($1.acceptedAt, $1.id) }
    }

    public func stackRequest(_ id: StackRequestID) async throws(LedgerError) -> StackRequest? {
        // In the order in which it moves: so it cannot be missed.
        if let open = try await item(DynamoDBLayout.request(id)) { return try Self.request(open) }
        guard let answered = try await item(DynamoDBLayout.answered(id)) else { return nil }
        return try Self.request(answered)
    }

    private func item(of request: StackRequest, at key: DynamoDB.Item) throws(LedgerError) -> DynamoDB.Item {
        guard let record = try? JSONEncoder().encode(request) else {
            throw .unreadable("a request of CloudFormation that cannot be written")
        }
        return key.merging(["record": .string(String(decoding: record, as: UTF8.self))]) { $1 }
    }

    private static func request(_ item: DynamoDB.Item) throws(LedgerError) -> StackRequest {
        do {
            let record = Data((item["record"]?.string ?? "").utf8)
            return try JSONDecoder().decode(StackRequest.self, from: record)
        } catch {
            throw .unreadable("the record of request \(item["sk"]?.string ?? "?"): \(error)")
        }
    }
}
