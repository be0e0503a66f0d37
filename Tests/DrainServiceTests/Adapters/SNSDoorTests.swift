import AWSClient
import DrainEngine
import DrainModel
import Foundation
import HTTPEndpoint
import Logging
import Synchronization
import Testing

@testable import DrainService
@testable import SNSIntake

/// What becomes of a message that is believed.
@Suite("The SNS door", .timeLimit(.minutes(1)))
struct SNSDoorTests {
    private static let warnedAt = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    private let ledger = ListLedger()

    private let lines = RecordedLines()

    /// Receives one event, as draind does while it runs.
    private func receive(_ detailType: String, after age: Duration = .seconds(1)) async throws -> Receipt {
        let clock = StoppedClock(now: Self.warnedAt + age)
        let controller = DrainController(
            ledger: ledger, observer: BlindObserver(), actuator: IdleActuator(), clock: clock,
            policy: EnginePolicy(), report: { _ in })
        let running = Task { try await controller.run() }
        defer { running.cancel() }
        while !controller.isReady { await Task.yield() }
        let policy = SNSTrustPolicy(topics: .only([]))
        let door = SNSDoor(
            verifier: SNSVerifier(policy: policy, fetcher: NoCertificates()), controller: controller,
            takeRequest: { (_, _) throws(LedgerError) in },
            sns: SNS(ScriptedAWS("")), clock: clock, isDryRun: false,
            logger: lines.logger)
        return await door.accept(try VerifiedMessage(SNSMessage(body(of: detailType))))
    }

    private func body(of detailType: String) throws -> [UInt8] {
        let event = """
            {"detail-type": "\(detailType)", "source": "aws.ec2", "time": "\(Self.warnedAt.rfc3339)",
             "detail": {"instance-id": "i-0b662ef9931388ba0"}}
            """
        let fields = [
            "Type": "Notification", "MessageId": "1", "TopicArn": "arn", "Message": event, "Signature": "AAAA",
            "Timestamp": Self.warnedAt.rfc3339, "SignatureVersion": "2", "SigningCertURL": "https://example.com",
        ]
        return Array(try JSONEncoder().encode(fields))
    }

    @Test("has a Spot interruption recorded before it says that it has it")
    func interruption() async throws {
        #expect(try await receive("EC2 Spot Instance Interruption Warning") == .accepted)
        #expect(ledger.drains.map(\.instance) == ["i-0b662ef9931388ba0"])
        #expect(ledger.drains.map(\.deadline) == [Self.warnedAt + .seconds(120)])
    }

    @Test("wants a Spot interruption once more that could not be recorded")
    func notRecorded() async throws {
        ledger.isFull = true
        #expect(try await receive("EC2 Spot Instance Interruption Warning") == .unavailable)
    }

    @Test("takes a Spot interruption that comes too late, and drains nothing")
    func tooLate() async throws {
        #expect(try await receive("EC2 Spot Instance Interruption Warning", after: .seconds(120)) == .accepted)
        #expect(ledger.drains.isEmpty)
    }

    @Test("takes a rebalance recommendation, and drains nothing")
    func recommendation() async throws {
        #expect(try await receive("EC2 Instance Rebalance Recommendation") == .accepted)
        #expect(ledger.drains.isEmpty)
    }

    @Test("takes a hint although nothing can be recorded, and says so only to those who debug")
    func hint() async throws {
        ledger.isFull = true
        #expect(try await receive("EC2 Instance State-change Notification") == .accepted)
        #expect(lines.all == ["debug a hint to look"])
    }
}

/// Keeps what is accepted, unless it is full.
private final class ListLedger: Ledger {
    private let state = Mutex<(drains: [Drain], isFull: Bool)>(([], false))

    var drains: [Drain] { state.withLock { $0.drains } }
    var isFull: Bool {
        get { state.withLock { $0.isFull } }
        set { state.withLock { $0.isFull = newValue } }
    }

    func beginEpoch() async throws(LedgerError) -> Epoch { Epoch(number: 1) }

    func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance {
        if isFull { throw .unavailable("disk full") }
        state.withLock { $0.drains.append(drain) }
        return .accepted
    }

    func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError) {}
    func activeDrains() async throws(LedgerError) -> [Drain] { [] }
    func drain(_ id: DrainID) async throws(LedgerError) -> Drain? { nil }
    func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage { DrainPage(drains: [], next: nil) }
    func checkWritable() async throws(LedgerError) {}
}

private struct BlindObserver: ClusterObserver {
    func answer(to read: Read) async -> ReadAnswer { .failed(ReadFailure("nothing is to be seen")) }
}

private struct IdleActuator: ClusterActuator {
    func perform(_ calls: [Call]) async -> [Call: CallAnswer] { [:] }
}

private struct StoppedClock: WallClock {
    let time: Timestamp

    init(now: Timestamp) { time = now }

    func now() -> Timestamp { time }

    func sleep(until deadline: Timestamp) async throws {
        for await _ in AsyncStream<Void>.makeStream().stream {}
        throw CancellationError()
    }
}

private struct NoCertificates: CertificateFetcher {
    func fetch(_ url: SigningCertificateURL) async throws -> [UInt8] { throw CancellationError() }
}
