import AWSClient
import Synchronization

/// Stands between a ledger and DynamoDB, or for it: notes what is asked, and answers in its place.
final class InterferingCaller: AWSCaller {
    typealias Answer = @Sendable (_ request: AWSRequest, _ number: Int) async throws(AWSError) -> String

    private let answer: Answer
    private let asked = Mutex<[AWSRequest]>([])

    /// - Parameter answer: the requests of each operation are numbered from 0.
    init(_ answer: @escaping Answer) { self.answer = answer }

    /// Lets all through, but loses the answer to the first transaction.
    convenience init(losingFirstAnswerOf base: any AWSCaller) {
        self.init { (request, number) throws(AWSError) in
            let answer = String(decoding: try await base.call(request), as: UTF8.self)
            guard request.operation == "TransactWriteItems", number == 0 else { return answer }
            throw AWSError(service: request.service, operation: request.operation, reason: .unreachable("lost"))
        }
    }

    /// Lets all through, and has something happen just before the first request of an operation, or just after it was
    /// carried out and before it is answered.
    convenience init(
        _ base: any AWSCaller, before: String? = nil, after: String? = nil,
        happens: @escaping @Sendable () async -> Void
    ) {
        self.init { (request, number) throws(AWSError) in
            if request.operation == before, number == 0 { await happens() }
            let answer = String(decoding: try await base.call(request), as: UTF8.self)
            if request.operation == after, number == 0 { await happens() }
            return answer
        }
    }

    func requests(of operation: String) -> [AWSRequest] {
        asked.withLock { $0.filter { $0.operation == operation } }
    }

    func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8] {
        let number = asked.withLock { asked in
            defer { asked.append(request) }
            return asked.count { $0.operation == request.operation }
        }
        return Array(try await answer(request, number).utf8)
    }
}

extension AWSRequest {
    func refused(_ code: String, mayHaveBeenReceived: Bool? = nil, body: String = "") -> AWSError {
        AWSError(
            service: service, operation: operation,
            reason: .refused(code: code, message: "no", status: 400, requestID: nil),
            mayHaveBeenReceived: mayHaveBeenReceived, body: Array(body.utf8))
    }

    /// A transaction that was cancelled for these reasons, one for each of its writes.
    func cancelled(_ codes: String...) -> AWSError {
        let reasons = codes.map { #"{"Code":"\#($0)"}"# }.joined(separator: ",")
        return refused("TransactionCanceledException", body: #"{"CancellationReasons":[\#(reasons)]}"#)
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}
