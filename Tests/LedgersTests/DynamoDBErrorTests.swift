import AWSClient
import DrainEngine
import DrainModel
import LedgerConformance
import Ledgers
import Testing

/// A DynamoDB of a script: every read finds nothing, and transactions are answered as the test says.
@Suite("When DynamoDB refuses, the ledger")
struct DynamoDBErrorTests {
    private let clock = LeapingClock(LedgerConformance.start)
    private let epoch = Epoch(number: 1)
    private let drain = LedgerConformance.drain(1)

    private func caller(
        _ transaction: @escaping @Sendable (AWSRequest, Int) throws(AWSError) -> Void
    ) -> InterferingCaller {
        InterferingCaller { (request, number) throws(AWSError) in
            switch request.operation {
            case "Query": return #"{"Items":[]}"#
            case "TransactWriteItems":
                try transaction(request, number)
                return "{}"
            default: return "{}"
            }
        }
    }

    private func ledger(_ caller: any AWSCaller) -> DynamoDBLedger {
        DynamoDBLedger(table: "drains", caller: caller, clock: clock, random: { 0.5 })
    }

    private func errorOfAccept(_ ledger: DynamoDBLedger) async -> LedgerError? {
        do throws(LedgerError) {
            _ = try await ledger.accept(drain, epoch: epoch)
            return nil
        } catch {
            return error
        }
    }

    private func errorOfUpdate(_ ledger: DynamoDBLedger) async -> LedgerError? {
        do throws(LedgerError) {
            try await ledger.update([drain], epoch: epoch)
            return nil
        } catch {
            return error
        }
    }

    private func isUnavailable(_ error: LedgerError?) -> Bool {
        if case .unavailable = error { true } else { false }
    }

    @Test("tries a transaction again that met another one, under another token")
    func conflict() async throws {
        let caller = caller { (request, number) throws(AWSError) in
            if number < 2 { throw request.cancelled("TransactionConflict", "None", "None") }
        }
        #expect(try await ledger(caller).accept(drain, epoch: epoch) == .accepted)
        let tokens = caller.requests(of: "TransactWriteItems").map { $0.text.prefix(65) }
        #expect(tokens.count == 3 && Set(tokens).count == 3)
        #expect(clock.now() > LedgerConformance.start)
    }

    @Test("gives up on a transaction that meets others again and again")
    func endlessConflict() async {
        let caller = caller { (request, _) throws(AWSError) in
            throw request.cancelled("TransactionConflict", "None", "None")
        }
        let ledger = ledger(caller)
        let error = await errorOfAccept(ledger)
        #expect(isUnavailable(error))
        #expect(caller.requests(of: "TransactWriteItems").count == 8)
    }

    @Test("looks again when something was written about the instance meanwhile, and gives up one day")
    func endlessChange() async {
        let caller = caller { (request, _) throws(AWSError) in
            throw request.cancelled("None", "ConditionalCheckFailed", "None")
        }
        let ledger = ledger(caller)
        let error = await errorOfAccept(ledger)
        #expect(isUnavailable(error))
        #expect(caller.requests(of: "Query").count == 16)
    }

    @Test("says that it is fenced when it is the epoch that does not hold")
    func fenced() async {
        let caller = caller { (request, _) throws(AWSError) in
            throw request.cancelled("ConditionalCheckFailed", "ConditionalCheckFailed", "None")
        }
        let ledger = ledger(caller)
        #expect(await errorOfAccept(ledger) == .fenced)
        #expect(await errorOfUpdate(ledger) == .fenced)
    }

    @Test(
        "is not available while it is throttled, is not allowed, or is given a transaction that DynamoDB will not take",
        arguments: [
            ("ProvisionedThroughputExceededException", "throughput"), ("ThrottlingException", "throughput"),
            ("AccessDeniedException", "allow draind"), ("ResourceNotFoundException", "create it"),
            ("ValidationException", "ValidationException"),
        ])
    func unavailable(code: String, advice: String) async {
        let caller = caller { (request, _) throws(AWSError) in throw request.refused(code) }
        let ledger = ledger(caller)
        let error = await errorOfAccept(ledger)
        #expect(isUnavailable(error))
        #expect(error?.description.contains(advice) == true)
    }

    @Test("is not available when a transaction stays cancelled because of throttling, or for a reason that stays")
    func cancelled() async {
        for code in ["ThrottlingError", "ProvisionedThroughputExceeded", "ValidationError"] {
            let caller = caller { (request, _) throws(AWSError) in throw request.cancelled("None", code, "None") }
            let ledger = ledger(caller)
            let error = await errorOfUpdate(ledger)
            #expect(isUnavailable(error), "\(code)")
        }
    }

    @Test("does not know what became of a write that DynamoDB may have received, and does not try it again")
    func unknownOutcome() async {
        let caller = caller { (request, _) throws(AWSError) in
            throw AWSError(service: .dynamoDB, operation: request.operation, reason: .unreachable("timed out"))
        }
        let ledger = ledger(caller)
        let error = await errorOfAccept(ledger)
        guard case .unknownOutcome = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(caller.requests(of: "TransactWriteItems").count == 1)
    }

    @Test("is not available when a read has no answer: nothing was written")
    func unansweredRead() async {
        let caller = InterferingCaller { (request, _) throws(AWSError) in
            throw AWSError(service: .dynamoDB, operation: request.operation, reason: .unreachable("timed out"))
        }
        let ledger = ledger(caller)
        #expect(isUnavailable(await errorOfAccept(ledger)))
        let error = await #expect(throws: LedgerError.self) { try await ledger.activeDrains() }
        #expect(isUnavailable(error))
    }

    @Test("begins an epoch although it met a transaction of the writer that it replaces")
    func epochInConflict() async throws {
        let caller = InterferingCaller { (request, number) throws(AWSError) in
            if number == 0 { throw request.refused("TransactionConflictException") }
            return #"{"Attributes":{"epoch":{"N":"5"},"beat":{"N":"9"}}}"#
        }
        #expect(try await ledger(caller).beginEpoch() == Epoch(number: 5))
    }

    @Test("leaves out what DynamoDB says is finished, and records the rest")
    func partlyFinished() async throws {
        let caller = caller { (request, number) throws(AWSError) in
            if number == 0 { throw request.cancelled("None", "None", "ConditionalCheckFailed", "None") }
        }
        let drains = (1...3).map { LedgerConformance.drain($0) }.sorted { $0.id < $1.id }
        try await ledger(caller).update(drains, epoch: epoch)
        let second = try #require(caller.requests(of: "TransactWriteItems").last).text
        #expect(drains.map { second.contains(#""S":"\#($0.id)""#) } == [true, false, true])
    }
}
