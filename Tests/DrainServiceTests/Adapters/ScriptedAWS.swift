import AWSClient
import Synchronization

/// An AWS that answers each operation by its name and notes what it was asked.
final class ScriptedAWS: AWSCaller {
    typealias Answer = @Sendable (_ body: String) throws(AWSError.Reason) -> String

    private let answers: [String: Answer]
    private let asked = Mutex<[(operation: String, body: String, timeLimit: Duration?)]>([])

    init(_ answers: [String: Answer]) { self.answers = answers }

    var operations: [String] { asked.withLock { $0.map(\.operation) } }
    var timeLimits: [Duration?] { asked.withLock { $0.map(\.timeLimit) } }

    func bodies(of operation: String) -> [String] {
        asked.withLock { $0.filter { $0.operation == operation }.map(\.body) }
    }

    func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8] {
        let body = String(decoding: request.body, as: UTF8.self)
        asked.withLock { $0.append((request.operation, body, request.timeLimit)) }
        do throws(AWSError.Reason) {
            guard let answer = answers[request.operation] else { throw .unreachable("not in the script") }
            return Array(try answer(body).utf8)
        } catch {
            throw AWSError(service: request.service, operation: request.operation, reason: error)
        }
    }
}

extension AWSError.Reason: Error {}
