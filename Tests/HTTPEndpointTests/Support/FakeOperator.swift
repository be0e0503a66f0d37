import DrainModel
import HTTPEndpoint
import Synchronization

/// Answers every operator alike, and remembers what was asked for.
final class FakeOperator: DrainOperator {
    enum Word: Hashable {
        case drain(DrainRequest)
        case cancel(DrainID)
        case complete(DrainID, LifecycleActionResult)
    }

    private let answer: OperatorAnswer
    private let heard = Mutex<[Word]>([])

    init(_ answer: OperatorAnswer = .unknown) { self.answer = answer }

    var words: [Word] { heard.withLock { $0 } }

    private func take(_ word: Word) -> OperatorAnswer {
        heard.withLock { $0.append(word) }
        return answer
    }

    func drain(_ request: DrainRequest) async -> OperatorAnswer { take(.drain(request)) }
    func cancel(_ id: DrainID) async -> OperatorAnswer { take(.cancel(id)) }
    func complete(_ id: DrainID, with result: LifecycleActionResult) async -> OperatorAnswer {
        take(.complete(id, result))
    }
}
