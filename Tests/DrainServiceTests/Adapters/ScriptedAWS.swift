import AWSClient
import Synchronization

/// An AWS that answers each operation by its name and notes what it was asked.
final class ScriptedAWS: AWSCaller {
    typealias Answer = @Sendable (_ body: String) throws(AWSError.Reason) -> String

    private let answer: @Sendable (AWSRequest) throws(AWSError) -> String
    private let asked = Mutex<[AWSRequest]>([])

    init(_ answers: [String: Answer]) {
        answer = { (request) throws(AWSError) in
            do throws(AWSError.Reason) {
                guard let answer = answers[request.operation] else { throw .unreachable("not in the script") }
                return try answer(String(decoding: request.body, as: UTF8.self))
            } catch {
                throw AWSError(service: request.service, operation: request.operation, reason: error)
            }
        }
    }

    /// Answers every operation with the same body.
    init(_ body: String) { answer = { _ in body } }

    /// Has no answer for any operation.
    init(failing reason: AWSError.Reason, mayHaveBeenReceived: Bool? = nil) {
        answer = { (request) throws(AWSError) in
            throw AWSError(
                service: request.service, operation: request.operation, reason: reason,
                mayHaveBeenReceived: mayHaveBeenReceived)
        }
    }

    var requests: [AWSRequest] { asked.withLock { $0 } }
    var operations: [String] { requests.map(\.operation) }
    var timeLimits: [Duration?] { requests.map(\.timeLimit) }

    func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8] {
        asked.withLock { $0.append(request) }
        return Array(try answer(request).utf8)
    }
}

extension AWSRequest {
    /// What it says on the wire, the service's name and version left to AWSClient's own tests.
    var text: String { "\(operation) \(String(decoding: body, as: UTF8.self))" }
}

extension AWSError.Reason: Error {}

extension AWSError.Reason {
    static func refused(_ code: String, _ message: String = "no", status: Int = 400) -> Self {
        .refused(code: code, message: message, status: status, requestID: nil)
    }
}
