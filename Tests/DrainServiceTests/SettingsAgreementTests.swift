import DrainEngine
import DrainModel
import Logging
import Synchronization
import Testing

@testable import DrainService

@Suite("A draind that shares a ledger")
struct SettingsAgreementTests {
    private let here: Settings = {
        var settings = Settings()
        settings.drainTimeout = .seconds(600)
        settings.clusters = ["web"]
        return settings
    }()

    private func refusal(beside lease: Lease?, isAlive: Bool = true) async -> [String]? {
        let ledger = LeaseOnly(lease, isAlive: isAlive)
        do {
            try await here.checkAgreement(with: ledger, named: "drains", in: "eu-west-1", clock: ledger)
            return nil
        } catch {
            return (error as? SettingsError)?.lines ?? ["\(error)"]
        }
    }

    private func lease(_ change: (inout Settings) -> Void, region: String = "eu-west-1") -> Lease {
        var there = here
        change(&there)
        return Lease(
            epoch: Epoch(number: 1), holder: .init(name: "host/1/ab", settings: there.deciding(in: region)), beat: 1)
    }

    @Test("starts where nobody decides, and where another decides by the same settings")
    func agrees() async {
        #expect(await refusal(beside: nil) == nil)
        #expect(await refusal(beside: lease { _ in }) == nil)
        // By what is only its own, it does not decide.
        #expect(await refusal(beside: lease { $0.logLevel = .debug }) == nil)
    }

    @Test("refuses to start beside one that decides otherwise, naming each setting, here and there")
    func differs() async {
        let lines = await refusal(
            beside: lease {
                $0.drainTimeout = .seconds(3600)
                $0.clusters = []
            })
        #expect(lines?.count == 2)
        let first = "--cluster: web here, and none in the draind that decides on table drains"
        #expect(lines?.first?.hasPrefix(first) == true)
        #expect(lines?.last?.contains("--drain-timeout: 10m here, and 1h") == true)
    }

    @Test("refuses to start beside one of another region")
    func otherRegion() async {
        let lines = await refusal(beside: lease({ _ in }, region: "us-east-1"))
        #expect(lines?.first?.hasPrefix("AWS_REGION: eu-west-1 here, and us-east-1") == true)
    }

    @Test("starts when the one that decided otherwise has died")
    func dead() async {
        #expect(await refusal(beside: lease { $0.detach = .deregister }, isAlive: false) == nil)
    }
}

/// A ledger of which only the lease is looked at, and a clock on which every wait is over at once. A holder that lives
/// renews whenever time passes.
private final class LeaseOnly: SharedLedger, WallClock {
    private let state: Mutex<(lease: Lease?, now: Timestamp)>
    private let isAlive: Bool

    init(_ lease: Lease?, isAlive: Bool) {
        state = Mutex((lease, Timestamp(millisecondsSinceEpoch: 0)))
        self.isAlive = isAlive
    }

    func now() -> Timestamp { state.withLock(\.now) }

    func sleep(until deadline: Timestamp) async throws {
        state.withLock { state in
            state.now = max(state.now, deadline)
            if isAlive, let lease = state.lease {
                state.lease = Lease(epoch: lease.epoch, holder: lease.holder, beat: lease.beat + 1)
            }
        }
    }

    func lease() async throws(LedgerError) -> Lease? { state.withLock(\.lease) }

    private static let unasked = LedgerError.unavailable("not asked for")

    func claim(_ holder: Lease.Holder, after seen: Lease?) async throws(LedgerError) -> Lease? { throw Self.unasked }
    func renew(_ lease: Lease) async throws(LedgerError) -> Lease { throw Self.unasked }
    func handOver(_ lease: Lease) async throws(LedgerError) { throw Self.unasked }
    func leave(_ note: Note) async throws(LedgerError) { throw Self.unasked }
    func takeNotes(in epoch: Epoch) async throws(LedgerError) -> [Note] { throw Self.unasked }
    func beginEpoch() async throws(LedgerError) -> Epoch { throw Self.unasked }
    func accept(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> Acceptance { throw Self.unasked }
    func update(_ drains: [Drain], epoch: Epoch) async throws(LedgerError) { throw Self.unasked }
    func activeDrains() async throws(LedgerError) -> [Drain] { throw Self.unasked }
    func drain(_ id: DrainID) async throws(LedgerError) -> Drain? { throw Self.unasked }
    func drains(matching query: DrainQuery) async throws(LedgerError) -> DrainPage { throw Self.unasked }
    func checkWritable() async throws(LedgerError) { throw Self.unasked }
}
