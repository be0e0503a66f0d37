import AWSClient
import DrainEngine
import DrainModel
import HTTPEndpoint

/// Whether draind can do its work: drains recovered, the store writable, the credentials usable.
///
/// AWS is asked at most once a minute, however often a probe asks us; a failure is asked about again after ten seconds.
actor ReadinessCheck {
    private let controller: DrainController
    private let ledger: any Ledger
    private let sts: STS
    private let clock: any WallClock
    private var identity: (error: AWSError?, askedAt: Timestamp)?

    init(controller: DrainController, ledger: any Ledger, sts: STS, clock: any WallClock) {
        self.controller = controller
        self.ledger = ledger
        self.sts = sts
        self.clock = clock
    }

    func readiness() async -> Readiness {
        guard controller.isRecovered else {
            return .notReady(reason: "the recorded drains are still being read", hint: "Wait a moment.")
        }
        do throws(LedgerError) {
            try await ledger.checkWritable()
        } catch {
            return .notReady(reason: "\(error)", hint: "Check the disk and the permissions of --store.")
        }
        if let error = await identityError() {
            return .notReady(
                reason: "the AWS credentials do not work: \(error)",
                hint: "Check the role, AWS_REGION and the route to AWS.")
        }
        return .ready
    }

    private func identityError() async -> AWSError? {
        let now = clock.now()
        if let identity, now - identity.askedAt < (identity.error == nil ? .seconds(60) : .seconds(10)) {
            return identity.error
        }
        var failure: AWSError?
        do throws(AWSError) { _ = try await sts.getCallerIdentity() } catch { failure = error }
        identity = (failure, now)
        return failure
    }
}

/// The ledger as the admin API reads it.
struct LedgerSource: DrainSource {
    let ledger: any Ledger

    func drains(matching query: DrainQuery) async throws -> DrainPage { try await ledger.drains(matching: query) }
    func drain(_ id: DrainID) async throws -> Drain? { try await ledger.drain(id) }
}
