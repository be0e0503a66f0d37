import AWSClient
import Synchronization

/// Which queues cannot be polled at the moment, and why: the queue door tells it, readiness asks it.
final class QueueStates: Sendable {
    struct Problem: Hashable, Sendable {
        let reason: String
        let hint: String
    }

    private let queues: [SQSQueue]
    private let problems: Mutex<[SQSQueue: Problem]>

    init(_ queues: [SQSQueue]) {
        self.queues = queues
        let begun = queues.map { queue in
            (queue, Problem(reason: "queue \(queue.name) has not been polled yet", hint: "Wait a moment."))
        }
        problems = Mutex(Dictionary(begun) { first, _ in first })
    }

    func isPolled(_ queue: SQSQueue) { problems.withLock { $0[queue] = nil } }
    func cannotPoll(_ queue: SQSQueue, _ problem: Problem) { problems.withLock { $0[queue] = problem } }

    var firstProblem: Problem? {
        let problems = problems.withLock { $0 }
        return queues.lazy.compactMap { problems[$0] }.first
    }
}

extension AWSError {
    /// What an operator can do about it, when it is about a queue.
    var queueHint: String {
        guard case .refused(let code, _, _, _) = reason else {
            return "Check draind's credentials and the route to SQS."
        }
        switch code {
        // The second is its name in the Query protocol.
        case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "InvalidAddress":
            return "Create the queue, or mend --queue-url: region, account and name."
        case "AccessDenied", "AccessDeniedException":
            return "Allow draind's role sqs:ReceiveMessage and sqs:DeleteMessage on the queue."
        case _ where code.hasPrefix("Kms"): return "Allow draind's role kms:Decrypt with the queue's key."
        default: return "draind keeps trying."
        }
    }
}
