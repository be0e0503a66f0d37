import AWSClient
import DrainEngine
import DrainModel
import Logging
import Synchronization
import Testing

@testable import DrainService

@Suite("The queue door", .timeLimit(.minutes(1)))
struct QueuePollerTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:hooks"
    private let queue: SQSQueue
    private let sqs = FakeQueue()
    private let ledger = FakeLedger()
    private let lines = RecordedLines()
    private let states: QueueStates
    private let storeChecks = Count()
    private let controller: DrainController

    init() throws {
        queue = try #require(SQSQueue(url: "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks"))
        states = QueueStates([queue])
        controller = DrainController(
            ledger: ledger, observer: SilentAWS(), actuator: SilentAWS(), clock: StandstillClock(),
            policy: EnginePolicy(), report: { _ in })
    }

    private func poller(isDryRun: Bool = false) -> QueuePoller {
        QueuePoller(
            queue: queue, caller: sqs, controller: controller,
            checkStore: { [ledger, storeChecks] () throws(LedgerError) in
                storeChecks.add()
                try await ledger.checkWritable()
            },
            states: states, requests: requests, isDryRun: isDryRun, logger: lines.logger)
    }

    private var requests: QueuePoller.Requests {
        .init(topics: [], developmentResponseOrigin: nil, take: { (_, _) throws(LedgerError) in })
    }

    /// Runs the controller beside the body.
    private func whileRunning(_ body: () async throws -> Void) async throws {
        let running = Task { try await controller.run() }
        defer { running.cancel() }
        while !controller.isReady { await Task.yield() }
        try await body()
    }

    private func hook(_ transition: String = "TERMINATING", instance: String = "i-0abc1234567890def") -> String {
        """
        {"LifecycleTransition":"autoscaling:EC2_INSTANCE_\(transition)","AutoScalingGroupName":"web",\
        "LifecycleHookName":"drain","EC2InstanceId":"\(instance)","LifecycleActionToken":"\(instance)"}
        """
    }

    private func wrapped(_ message: String) -> String {
        let escaped = message.replacing("\"", with: "\\\"")
        return #"{"Type":"Notification","TopicArn":"\#(Self.topic)","Message":"\#(escaped)"}"#
    }

    private func problem() -> String? { states.firstProblem?.reason }

    @Test("records a drain for a hook, and deletes the message")
    func accepts() async throws {
        try await whileRunning {
            sqs.send(hook())
            #expect(await poller().poll() == .zero)
            #expect(ledger.drains.map(\.origin) == [.sqs])
            #expect(ledger.drains.map(\.instance) == ["i-0abc1234567890def"])
            #expect(sqs.bodies.isEmpty)
        }
    }

    @Test("takes what SNS delivered for what is in it")
    func unwraps() async throws {
        try await whileRunning {
            sqs.send(wrapped(hook()))
            _ = await poller().poll()
            #expect(ledger.drains.map(\.origin) == [.sqs])
            #expect(sqs.bodies.isEmpty)
        }
    }

    @Test("deletes a message that it knows already, and makes no second drain")
    func duplicate() async throws {
        try await whileRunning {
            sqs.send(hook(), id: "m-1")
            sqs.send(hook(), id: "m-2")
            _ = await poller().poll()
            #expect(ledger.drains.count == 1)
            #expect(sqs.bodies.isEmpty)
        }
    }

    @Test(
        "deletes what is none of our business, and says what it was",
        arguments: [
            (
                #"{"Event":"autoscaling:TEST_NOTIFICATION","AutoScalingGroupName":"web"}"#,
                "info test notification: the hook of web reaches draind"
            ),
            (#"{"detail-type":"ECS Task State Change","detail":{}}"#, "info ignored: an event ECS Task State Change"),
            (
                #"{"Type":"UnsubscribeConfirmation","TopicArn":"t"}"#,
                "warning unsubscribed: the topic no longer reaches this queue"
            ),
        ])
    func unrelated(body: String, line: String) async throws {
        try await whileRunning {
            sqs.send(body)
            _ = await poller().poll()
            #expect(lines.all == [line])
            #expect(sqs.bodies.isEmpty)
            #expect(ledger.drains.isEmpty)
        }
    }

    @Test("drains no instance that is launched")
    func launching() async throws {
        try await whileRunning {
            sqs.send(hook("LAUNCHING"))
            _ = await poller().poll()
            #expect(lines.all == ["info ignored: a launching instance"])
            #expect(sqs.bodies.isEmpty)
            #expect(ledger.drains.isEmpty)
        }
    }

    @Test("confirms no subscription of a queue, and says how it is done")
    func confirmation() async throws {
        try await whileRunning {
            sqs.send(#"{"Type":"SubscriptionConfirmation","TopicArn":"\#(Self.topic)","Token":"abc"}"#)
            _ = await poller().poll()
            let command = "aws sns confirm-subscription --region eu-west-1 --topic-arn \(Self.topic) --token abc"
            #expect(lines.all.count == 1)
            #expect(lines.all.first?.hasSuffix(command) == true)
            #expect(sqs.bodies.isEmpty)
        }
    }

    @Test("leaves what it cannot read, says so once, and pauses before it comes again")
    func unreadable() async throws {
        try await whileRunning {
            sqs.send("hello")
            let poller = poller()
            #expect(await poller.poll() == QueuePoller.pauseAfterNothing)
            #expect(await poller.poll() == QueuePoller.pauseAfterNothing)
            #expect(lines.all == ["warning left in the queue: not a JSON object"])
            #expect(sqs.bodies == ["m-1": "hello"])
        }
    }

    @Test("goes on at once when there is something beside what it cannot read")
    func mixed() async throws {
        try await whileRunning {
            sqs.send("hello", id: "m-1")
            sqs.send(hook(), id: "m-2")
            #expect(await poller().poll() == .zero)
            #expect(Array(sqs.bodies.keys) == ["m-1"])
        }
    }

    @Test("receives nothing while the ledger cannot be written")
    func noLedger() async throws {
        try await whileRunning {
            sqs.send(hook())
            ledger.fail(with: .unavailable("disk full"))
            #expect(await poller().poll() == .seconds(1))
            #expect(sqs.waits.isEmpty)
            #expect(lines.all == ["error not polled: the ledger is not available: disk full"])
        }
    }

    @Test("leaves what could not be recorded, receives nothing until it could be, and records it then")
    func unrecorded() async throws {
        try await whileRunning {
            let poller = poller()
            #expect(await poller.poll() == .zero)
            sqs.send(hook())
            ledger.fail(with: .unavailable("disk full"))
            #expect(await poller.poll() == .seconds(1))
            #expect(sqs.bodies.count == 1)
            #expect(await poller.poll() == .seconds(2))
            #expect(sqs.waits.count == 2)
            ledger.fail(with: nil)
            #expect(await poller.poll() == .zero)
            #expect(sqs.bodies.isEmpty)
            #expect(ledger.drains.count == 1)
        }
    }

    @Test("does not prove again what has not failed since")
    func checks() async throws {
        try await whileRunning {
            let poller = poller()
            for number in 1...3 {
                sqs.send(hook(), id: "m-\(number)")
                _ = await poller.poll()
            }
            #expect(storeChecks.count == 1)
        }
    }

    @Test("deletes all that came together at once, and leaves what could not be deleted")
    func partlyDeleted() async throws {
        try await whileRunning {
            for number in 1...3 { sqs.send(hook(instance: "i-0abc1234567890de\(number)"), id: "m-\(number)") }
            sqs.keep("m-2")
            #expect(await poller().poll() == .zero)
            #expect(sqs.deletions == 1)
            #expect(Array(sqs.bodies.keys) == ["m-2"])
            #expect(
                lines.all == [
                    "error not deleted, so it comes again: DeleteMessageBatch: InternalError (HTTP 500): "
                ])
        }
    }

    @Test("keeps no second drain of a message that could not be deleted")
    func undeleted() async throws {
        try await whileRunning {
            sqs.send(hook())
            sqs.fail("DeleteMessageBatch", with: .refused("AccessDeniedException", status: 403))
            let poller = poller()
            #expect(await poller.poll() == QueuePoller.pauseAfterNothing)
            sqs.fail("DeleteMessageBatch", with: nil)
            #expect(await poller.poll() == .zero)
            #expect(sqs.bodies.isEmpty)
            #expect(ledger.drains.count == 1)
            #expect(lines.all.first?.hasPrefix("error not deleted, so it comes again") == true)
        }
    }

    @Test("deletes nothing in a dry run")
    func dryRun() async throws {
        try await whileRunning {
            sqs.send(hook())
            #expect(await poller(isDryRun: true).poll() == QueuePoller.pauseAfterNothing)
            #expect(ledger.drains.count == 1)
            #expect(sqs.bodies.count == 1)
        }
    }

    @Test("asks at once whether polling works, and waits for messages from then on")
    func longPolling() async {
        let poller = poller()
        for _ in 1...3 { _ = await poller.poll() }
        #expect(sqs.waits == [0, 20, 20])
    }

    @Test("pauses longer after each failure in a row, up to a minute, and no more after a success")
    func failures() async {
        let poller = poller()
        sqs.fail("ReceiveMessage", with: .unreachable("no route"))
        var pauses: [Duration] = []
        for _ in 1...8 { pauses.append(await poller.poll()) }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        sqs.fail("ReceiveMessage", with: nil)
        #expect(await poller.poll() == .zero)
        #expect(lines.all.last == "notice polled again")
        sqs.fail("ReceiveMessage", with: .unreachable("no route"))
        #expect(await poller.poll() == .seconds(1))
    }

    @Test("tells readiness what keeps it from polling, as long as it does")
    func readiness() async {
        let poller = poller()
        #expect(problem() == "queue hooks has not been polled yet")
        sqs.fail("ReceiveMessage", with: .refused("QueueDoesNotExist", "no such queue"))
        _ = await poller.poll()
        #expect(
            problem()
                == "queue hooks cannot be polled: ReceiveMessage: QueueDoesNotExist (HTTP 400): no such queue")
        sqs.fail("ReceiveMessage", with: nil)
        _ = await poller.poll()
        #expect(problem() == nil)
    }

    @Test(
        "says what to do about what keeps it from polling",
        arguments: [
            (AWSError.Reason.refused("QueueDoesNotExist"), "Create the queue"),
            (.refused("AWS.SimpleQueueService.NonExistentQueue"), "Create the queue"),
            (.refused("AccessDeniedException", status: 403), "sqs:ReceiveMessage"),
            (.refused("KmsAccessDenied"), "kms:Decrypt"), (.refused("InternalError", status: 500), "keeps trying"),
            (.unreachable("no route"), "the route to SQS"),
        ])
    func hints(reason: AWSError.Reason, words: String) async {
        sqs.fail("ReceiveMessage", with: reason)
        _ = await poller().poll()
        #expect(states.firstProblem?.hint.contains(words) == true)
    }

    @Test("ends while it waits for messages, and holds that for no failure")
    func cancelled() async {
        sqs.hold()
        let polling = Task { await poller().poll() }
        await sqs.isWaitedFor()
        polling.cancel()
        #expect(await polling.value == .zero)
        #expect(lines.all.isEmpty)
    }

    @Test("remembers of what it could not read the last thousand")
    func boundedMemory() {
        var messages = UnreadableMessages()
        for number in 1...UnreadableMessages.mostKept { #expect(messages.note("m-\(number)") == number) }
        #expect(messages.note("m-1") == nil)
        #expect(messages.note("another") == 1001)
        #expect(messages.note("m-2") == nil)
        #expect(messages.note("m-1") == 1002)
    }
}

private final class Count: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    func add() { number.withLock { $0 += 1 } }
}
