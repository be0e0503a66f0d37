import AWSClient
import DrainEngine
import DrainModel
import Logging
import SNSIntake
import ServiceLifecycle

/// Polls one queue: what it holds is recorded, and only then deleted from it.
///
/// A message that is not deleted comes again after the queue's visibility timeout. That timeout is never extended:
/// recording takes as long as a commit, and whatever comes a second time joins its drain.
actor QueuePoller {
    /// The pause after messages that were all left: they may come again at once.
    static let pauseAfterNothing: Duration = .seconds(1)
    /// The longest pause after failures in a row.
    static let longestPause: Duration = .seconds(60)
    /// More than SQS waits, and less than a single request may take.
    private static let receiveLimit: Duration = SQS.longestWait + .seconds(8)
    /// Short enough that messages in hand are finished in a shutdown.
    private static let deleteLimit: Duration = .seconds(8)

    private let queue: SQSQueue
    private let receiving: SQS
    private let deleting: SQS
    private let desk: EventDesk
    private let checkStore: @Sendable () async throws(LedgerError) -> Void
    private let states: QueueStates
    private let requests: Requests
    private let isDryRun: Bool
    private let logger: Logger
    private var failures = 0
    /// Whether the store has not been written since the start, or since that failed.
    private var storeIsInDoubt = true
    /// Whether the next poll is to be answered at once, so that it is soon known whether polling works.
    private var isUntried = true
    private var unreadable = UnreadableMessages()

    /// What CloudFormation asks for.
    struct Requests: Sendable {
        /// Through which it may.
        let topics: Set<String>
        /// See ``SNSTrustPolicy/developmentResponseOrigin``.
        let developmentResponseOrigin: String?
        let take: TakeStackRequest
    }

    /// - Parameter checkStore: proves that a message could be recorded now. None is received before, nor after one that
    ///   could not be recorded: each time that one is received and left, it comes nearer to the dead-letter queue.
    init(
        queue: SQSQueue, caller: any AWSCaller, controller: DrainController,
        checkStore: @escaping @Sendable () async throws(LedgerError) -> Void, states: QueueStates, requests: Requests,
        isDryRun: Bool, logger: Logger
    ) {
        self.queue = queue
        receiving = SQS(caller.with(timeLimit: Self.receiveLimit))
        deleting = SQS(caller.with(timeLimit: Self.deleteLimit))
        self.checkStore = checkStore
        self.states = states
        self.requests = requests
        self.isDryRun = isDryRun
        var logger = logger
        logger[metadataKey: "queue"] = "\(queue.name)"
        self.logger = logger
        desk = EventDesk(controller: controller, origin: .sqs, takeRequest: requests.take, logger: logger)
    }

    /// Polls until a graceful shutdown, which ends a poll under way; messages in hand are finished.
    func run(clock: any WallClock) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let pause = await poll()
            guard pause > .zero else { continue }
            try? await cancelWhenGracefulShutdown { try await clock.sleep(until: clock.now() + pause) }
        }
    }

    /// Receives once, and finishes what came.
    ///
    /// - Returns: how long to pause before the next time.
    func poll() async -> Duration {
        if storeIsInDoubt {
            do throws(LedgerError) {
                try await checkStore()
                storeIsInDoubt = false
            } catch {
                logger.error("not polled: \(error)")
                return pauseAfterFailure()
            }
        }
        switch await receive() {
        case .success(let messages):
            if failures > 0 { logger.notice("polled again") }
            (failures, isUntried) = (0, false)
            states.isPolled(queue)
            return await finish(messages)
        case .failure(let error) where error.reason == .cancelled: return .zero
        case .failure(let error):
            logger.error("not polled: \(error)", metadata: ["hint": "\(error.queueHint)"])
            let reason = "queue \(queue.name) cannot be polled: \(error)"
            states.cannotPoll(queue, QueueStates.Problem(reason: reason, hint: error.queueHint))
            isUntried = true
            return pauseAfterFailure()
        }
    }

    private func receive() async -> Result<[SQS.Message], AWSError> {
        let wait = isUntried ? .zero : SQS.longestWait
        return await cancelWhenGracefulShutdown { [queue, receiving] in
            do throws(AWSError) {
                return .success(try await receiving.receiveMessages(from: queue, waitingUpTo: wait))
            } catch {
                return .failure(error)
            }
        }
    }

    private enum End {
        case recorded
        /// It cannot be read.
        case left
        /// The ledger could not be written.
        case unrecorded
    }

    private func finish(_ messages: [SQS.Message]) async -> Duration {
        let ends = await withTaskGroup(of: (SQS.Message, End).self) { group in
            for message in messages { group.addTask { (message, await self.record(message)) } }
            var ends: [End: [SQS.Message]] = [:]
            for await (message, end) in group { ends[end, default: []].append(message) }
            return ends
        }
        let haveAllStayed = await delete(ends[.recorded] ?? []) == 0
        if ends[.unrecorded] != nil {
            storeIsInDoubt = true
            return pauseAfterFailure()
        }
        return haveAllStayed && !messages.isEmpty ? Self.pauseAfterNothing : .zero
    }

    private func record(_ message: SQS.Message) async -> End {
        do throws(QueuedMessage.Unreadable) {
            let sentAt = Timestamp(millisecondsSinceEpoch: message.sentAt)
            let queued = try QueuedMessage(
                message.body, sentAt: sentAt, topics: requests.topics,
                developmentResponseOrigin: requests.developmentResponseOrigin)
            return await isRecorded(queued) ? .recorded : .unrecorded
        } catch {
            if let count = unreadable.note(message.id) {
                logger.warning(
                    "left in the queue: \(error.reason)",
                    metadata: ["message": "\(message.id)", "unreadable": "\(count)"])
            }
            return .left
        }
    }

    private func isRecorded(_ message: QueuedMessage) async -> Bool {
        switch message.content {
        case .notification(let event):
            do throws(LedgerError) { try await desk.take(event, from: message.topicARN) } catch { return false }
        case .subscriptionConfirmation(let token):
            let topic = message.topicARN ?? ""
            let region = SNSTopic(arn: topic)?.region ?? ""
            logger.warning(
                """
                a subscription of this queue is not confirmed, and draind confirms none of a queue; if you want it: aws \
                sns confirm-subscription --region \(region) --topic-arn \(topic) --token \(token)
                """)
        case .unsubscribeConfirmation:
            let source = Logger.Metadata(topic: message.topicARN)
            logger.warning("unsubscribed: the topic no longer reaches this queue", metadata: source)
        }
        return true
    }

    /// - Returns: how many are gone; the others come again.
    private func delete(_ messages: [SQS.Message]) async -> Int {
        if isDryRun || messages.isEmpty { return 0 }
        let failures = await failures(whenDeleting: messages.map(\.receiptHandle))
        for message in messages {
            guard let error = failures[message.receiptHandle] else { continue }
            logger.error(
                "not deleted, so it comes again: \(error)",
                metadata: ["message": "\(message.id)", "hint": "\(error.queueHint)"])
        }
        return messages.count { failures[$0.receiptHandle] == nil }
    }

    private func failures(whenDeleting receiptHandles: [String]) async -> [String: AWSError] {
        do throws(AWSError) {
            return try await deleting.deleteMessages(receiptHandles, from: queue)
        } catch {
            return Dictionary(receiptHandles.map { ($0, error) }) { first, _ in first }
        }
    }

    private func pauseAfterFailure() -> Duration {
        failures += 1
        return min(Self.longestPause, .seconds(1 << min(failures - 1, 6)))
    }
}

/// Which messages were said to be unreadable, so that each is said once, however often it comes. Of very many the first
/// are forgotten.
struct UnreadableMessages {
    static let mostKept = 1000

    /// The oldest first.
    private var kept: [String] = []
    private var count = 0

    /// - Returns: how many there have been; nil when this one is known.
    mutating func note(_ id: String) -> Int? {
        guard !kept.contains(id) else { return nil }
        if kept.count == Self.mostKept { kept.removeFirst() }
        kept.append(id)
        count += 1
        return count
    }
}
