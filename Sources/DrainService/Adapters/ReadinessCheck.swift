import AWSClient
import DrainEngine
import DrainModel
import HTTPEndpoint

/// Whether draind can do its work: drains recovered, the store writable, the credentials usable, every queue polled.
///
/// AWS is asked at most once a minute, however many probes ask us at once; a failure is asked about again after ten
/// seconds. A probe is answered within three seconds of AWS's silence.
actor ReadinessCheck {
    private let isReady: @Sendable () -> Bool
    private let role: @Sendable () -> Readiness.Role
    private let checkStore: @Sendable () async throws(LedgerError) -> Void
    private let queues: QueueStates
    private let sts: STS
    private let clock: any WallClock
    private var identity: (error: AWSError?, askedAt: Timestamp)?
    private var question: Task<AWSError?, Never>?

    init(
        isReady: @escaping @Sendable () -> Bool, role: @escaping @Sendable () -> Readiness.Role,
        checkStore: @escaping @Sendable () async throws(LedgerError) -> Void, queues: QueueStates,
        caller: any AWSCaller, clock: any WallClock
    ) {
        self.isReady = isReady
        self.role = role
        self.checkStore = checkStore
        self.queues = queues
        sts = STS(caller.with(timeLimit: .seconds(3)))
        self.clock = clock
    }

    func readiness() async -> Readiness {
        guard isReady() else {
            return .notReady(reason: "the recorded drains are still being read", hint: "Wait a moment.")
        }
        do throws(LedgerError) {
            try await checkStore()
        } catch {
            return .notReady(reason: "\(error)", hint: "Check --store: the disk or the table, and the permissions.")
        }
        guard let error = await identityError() else {
            return queues.firstProblem.map { .notReady(reason: $0.reason, hint: $0.hint) } ?? .ready(role())
        }
        if case .unreachable(let why) = error.reason {
            return .notReady(reason: "AWS does not answer: \(why)", hint: "Check AWS_REGION and the route to AWS.")
        }
        return .notReady(reason: "the AWS credentials do not work: \(error)", hint: "Check the role and AWS_REGION.")
    }

    private func identityError() async -> AWSError? {
        if let identity, clock.now() - identity.askedAt < (identity.error == nil ? .seconds(60) : .seconds(10)) {
            return identity.error
        }
        // Whoever comes while AWS is being asked waits for that answer.
        let question = self.question ?? Task { await ask() }
        self.question = question
        return await question.value
    }

    private func ask() async -> AWSError? {
        var failure: AWSError?
        do throws(AWSError) { _ = try await sts.getCallerIdentity() } catch { failure = error }
        identity = (failure, clock.now())
        question = nil
        return failure
    }
}

/// The ledger as the admin API reads it.
struct LedgerSource: DrainSource {
    let ledger: any Ledger

    func drains(matching query: DrainQuery) async throws -> DrainPage { try await ledger.drains(matching: query) }
    func drain(_ id: DrainID) async throws -> Drain? { try await ledger.drain(id) }
}

extension Readiness.Role {
    init(_ role: DrainController.Role) {
        switch role {
        case .decides(let epoch): self = .decides(epoch: epoch.number)
        case .standsBy: self = .standsBy
        }
    }
}
