import Synchronization

@testable import AWSClient

/// An AWS that notes what it is sent and answers from a script.
final class ScriptedCaller: AWSCaller {
    private let answer: @Sendable (_ request: AWSRequest, _ number: Int) throws(AWSError) -> String
    private let sent = Mutex<[AWSRequest]>([])

    /// - Parameter answer: Gives the body of an answer; requests are numbered from 0.
    init(_ answer: @escaping @Sendable (_ request: AWSRequest, _ number: Int) throws(AWSError) -> String) {
        self.answer = answer
    }

    /// One answer after another; a request beyond the last one is not answered.
    convenience init(_ answers: String...) {
        self.init { (request, number) throws(AWSError) in
            guard number < answers.count else {
                throw AWSError(
                    service: request.service, operation: request.operation, reason: .unreachable("end of script"))
            }
            return answers[number]
        }
    }

    var requests: [AWSRequest] { sent.withLock { $0 } }
    var bodies: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }

    func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8] {
        let number = sent.withLock { sent in
            sent.append(request)
            return sent.count - 1
        }
        return Array(try answer(request, number).utf8)
    }
}

/// The reason of the error that an operation throws; nil when it throws none.
func reason(_ operation: () async throws(AWSError) -> some Any) async -> AWSError.Reason? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return error.reason
    }
}

extension AWSError.Reason {
    var isUnreadableAnswer: Bool { if case .unreadableAnswer = self { true } else { false } }
}
