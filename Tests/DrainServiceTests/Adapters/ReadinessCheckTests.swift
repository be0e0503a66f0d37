import AWSClient
import DrainEngine
import DrainModel
import HTTPEndpoint
import Synchronization
import Testing

@testable import DrainService

@Suite("Readiness", .timeLimit(.minutes(1)))
struct ReadinessCheckTests {
    private static let identity = """
        <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:role/x</Arn><Account>123456789012\
        </Account></GetCallerIdentityResult></GetCallerIdentityResponse>
        """
    private let clock = StandingClock()

    private func check(
        _ caller: any AWSCaller, isReady: Bool = true, store: LedgerError? = nil,
        queues: QueueStates = QueueStates([])
    ) -> ReadinessCheck {
        ReadinessCheck(
            isReady: { isReady }, role: { .decides(epoch: 1) },
            checkStore: { () throws(LedgerError) in if let store { throw store } }, queues: queues, caller: caller,
            clock: clock)
    }

    private func working() -> ScriptedAWS { ScriptedAWS(["GetCallerIdentity": { _ in Self.identity }]) }

    private func failing(_ reason: AWSError.Reason) -> ScriptedAWS {
        ScriptedAWS(["GetCallerIdentity": { _ throws(AWSError.Reason) in throw reason }])
    }

    private func reason(_ check: ReadinessCheck) async -> String? {
        if case .notReady(let reason, _) = await check.readiness() { reason } else { nil }
    }

    @Test("is there when everything works")
    func ready() async {
        #expect(await check(working()).readiness() == .ready(.decides(epoch: 1)))
    }

    @Test("is not there while drains are being read, and nobody is asked for the rest")
    func starting() async {
        let aws = working()
        #expect(await reason(check(aws, isReady: false)) == "the recorded drains are still being read")
        #expect(aws.operations.isEmpty)
    }

    @Test("is not there without a store to write to")
    func store() async {
        #expect(await reason(check(working(), store: .unavailable("full"))) == "the ledger is not available: full")
    }

    @Test("says that AWS is silent when it is, which is no fault of the credentials")
    func silence() async {
        let check = check(failing(.unreachable("none within 3 seconds")))
        #expect(await reason(check) == "AWS does not answer: none within 3 seconds")
    }

    @Test("says what AWS says of the credentials")
    func credentials() async {
        let refusal = AWSError.Reason.refused(code: "ExpiredToken", message: "expired", status: 403, requestID: nil)
        #expect(await reason(check(failing(refusal)))?.contains("ExpiredToken") == true)
    }

    @Test("is not there before every queue was polled, nor while one cannot be")
    func queues() async throws {
        let hooks = try #require(SQSQueue(url: "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks"))
        let events = try #require(SQSQueue(url: "https://sqs.eu-west-1.amazonaws.com/123456789012/events"))
        let states = QueueStates([hooks, events])
        let check = check(working(), queues: states)
        states.isPolled(hooks)
        #expect(await reason(check) == "queue events has not been polled yet")
        states.isPolled(events)
        #expect(await check.readiness() == .ready(.decides(epoch: 1)))
        states.cannotPoll(hooks, .init(reason: "queue hooks cannot be polled", hint: "Create it."))
        #expect(
            await check.readiness() == .notReady(reason: "queue hooks cannot be polled", hint: "Create it."))
    }

    @Test("waits three seconds for AWS")
    func timeLimit() async {
        let aws = working()
        _ = await check(aws).readiness()
        #expect(aws.timeLimits == [.seconds(3)])
    }

    @Test("asks AWS once for all who ask meanwhile")
    func shared() async {
        let aws = SlowAWS(Self.identity)
        let check = check(aws)
        let answers = await withTaskGroup(of: Readiness.self) { group in
            for _ in 0..<20 { group.addTask { await check.readiness() } }
            await aws.asked()
            aws.answer()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: .ready(.decides(epoch: 1)), count: 20))
        #expect(aws.count == 1)
    }

    @Test("asks AWS again after a minute, and ten seconds after a failure", arguments: [(true, 60), (false, 10)])
    func again(isWorking: Bool, seconds: Int) async {
        let aws = isWorking ? working() : failing(.noCredentials("none"))
        let check = check(aws)
        _ = await check.readiness()
        clock.advance(by: .seconds(seconds) - .milliseconds(1))
        _ = await check.readiness()
        #expect(aws.operations.count == 1)
        clock.advance(by: .milliseconds(1))
        _ = await check.readiness()
        #expect(aws.operations.count == 2)
    }
}

/// Answers, once it is told to, everybody.
private final class SlowAWS: AWSCaller {
    private let body: String
    private let asks = Mutex(0)
    private let arrivals = AsyncStream.makeStream(of: Void.self)
    private let answers = AsyncStream.makeStream(of: Void.self)

    init(_ body: String) { self.body = body }

    var count: Int { asks.withLock { $0 } }

    func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8] {
        asks.withLock { $0 += 1 }
        arrivals.continuation.yield()
        await answers.stream.first { true }
        return Array(body.utf8)
    }

    func asked() async { await arrivals.stream.first { true } }
    func answer() { answers.continuation.finish() }
}

/// Stands until it is moved.
private final class StandingClock: WallClock {
    private let time = Mutex(Timestamp(millisecondsSinceEpoch: 0))

    func now() -> Timestamp { time.withLock { $0 } }
    func sleep(until deadline: Timestamp) async throws {}
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
