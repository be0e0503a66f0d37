public import DrainEngine
public import DrainModel
import Testing

/// What every ledger must do that keeps requests of CloudFormation: each is given fresh and empty.
public enum StackRequestConformance {
    private static let start = LedgerConformance.start

    private static func request(_ number: Int, after: Duration = .zero) -> StackRequest {
        let message = StackMessage(
            requestType: .create, resourceType: "Custom::DrainHook",
            stackID: "arn:aws:cloudformation:eu-west-1:123456789012:stack/web/1", requestID: "\(number)",
            logicalResourceID: "Hook", physicalResourceID: nil, responseURL: "https://bucket/key",
            properties: ["AutoScalingGroupName": .text("web"), "Cluster": .text("web")], serviceTimeout: nil,
            topicARN: "arn:aws:sns:eu-west-1:123456789012:hooks", sentAt: start + after)
        return StackRequestMachine.accept(message, from: .sns, served: [], at: start + after)
    }

    private static func finished(_ request: StackRequest, after: Duration = .zero) -> StackRequest {
        let end = request.acceptedAt + after
        return StackRequestMachine.sent(
            StackRequestMachine.told(request, .done, at: end), isAcknowledged: true, at: end)
    }

    public static func acceptsOnce(_ ledger: some StackRequestLedger) async throws {
        let first = request(1)
        #expect(try await ledger.accept(first))
        var again = first
        again.trouble = "another"
        #expect(try await !ledger.accept(again))
        #expect(try await ledger.openStackRequests() == [first])
        #expect(try await ledger.stackRequest(first.id) == first)
    }

    public static func acceptsOneOfManyAtOnce(_ ledger: some StackRequestLedger) async throws {
        let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 { group.addTask { try await ledger.accept(request(1)) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(accepted == 1)
    }

    public static func listsTheOldestFirst(_ ledger: some StackRequestLedger) async throws {
        let requests = [request(3), request(2, after: .seconds(1)), request(1, after: .seconds(2))]
        for request in requests.reversed() { _ = try await ledger.accept(request) }
        #expect(try await ledger.openStackRequests() == requests)
    }

    public static func keepsWholeRecords(_ ledger: some Ledger & StackRequestLedger) async throws {
        let epoch = try await ledger.beginEpoch()
        var request = request(1)
        _ = try await ledger.accept(request)
        request.trouble = "AccessDenied"
        request.refusedSince = start
        request.drains = ["i-1": "i-1-0", "i-2": "i-2-0"]
        try await ledger.update(request, epoch: epoch)
        #expect(try await ledger.openStackRequests() == [request])
    }

    /// A request that is finished is known, and cannot be opened again.
    public static func keepsFinishedFinal(_ ledger: some Ledger & StackRequestLedger) async throws {
        let epoch = try await ledger.beginEpoch()
        let open = request(1)
        _ = try await ledger.accept(open)
        let finished = finished(open)
        try await ledger.update(finished, epoch: epoch)
        #expect(try await !ledger.accept(open))
        try await ledger.update(open, epoch: epoch)
        #expect(try await ledger.openStackRequests().isEmpty)
        #expect(try await ledger.stackRequest(open.id) == finished)
    }

    public static func refusesOldWriters(_ ledger: some Ledger & StackRequestLedger) async throws {
        let old = try await ledger.beginEpoch()
        let request = request(1)
        _ = try await ledger.accept(request)
        _ = try await ledger.beginEpoch()
        await #expect(throws: LedgerError.fenced) { try await ledger.update(finished(request), epoch: old) }
        #expect(try await ledger.openStackRequests() == [request])
    }

    /// - Parameter pass: makes it that time for the ledger, if it has a clock.
    public static func forgetsOldOnes(
        _ ledger: some Ledger & StackRequestLedger, pass: (Timestamp) -> Void = { _ in }
    ) async throws {
        let epoch = try await ledger.beginEpoch()
        let (old, open, new) = (request(1), request(2), request(3, after: .seconds(31 * 24 * 3600)))
        for request in [old, open, new] { _ = try await ledger.accept(request) }
        try await ledger.update(finished(old, after: .seconds(60)), epoch: epoch)
        #expect(try await ledger.stackRequest(old.id) != nil)
        pass(new.acceptedAt + .seconds(60))
        try await ledger.update(finished(new, after: .seconds(60)), epoch: epoch)
        #expect(try await ledger.stackRequest(old.id) == nil)
        #expect(try await ledger.stackRequest(new.id) != nil)
        #expect(try await ledger.openStackRequests() == [open])
    }
}
