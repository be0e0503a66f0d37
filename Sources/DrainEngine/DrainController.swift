public import DrainModel
import Synchronization

/// The shell around ``DrainRunner``: performs its effects, tells it the answers, wakes it in time. It decides nothing.
///
/// ``run()`` opens an epoch, takes up every drain that the ledger holds, and works until it is cancelled or told to
/// stop; ``accept(_:from:)`` may be called from anywhere meanwhile. On a ledger that is shared it does so whenever it holds
/// the lease, and only accepts as long as another does.
public final class DrainController: Sendable {
    let ledger: any Ledger
    private let observer: any ClusterObserver
    private let actuator: any ClusterActuator
    let clock: any WallClock
    let policy: EnginePolicy
    let holder: Lease.Holder
    let objection: @Sendable (Lease) -> (any Error)?
    let report: @Sendable (Report) -> Void

    let state: Mutex<State>
    let replies = PendingReplies()

    struct State: Sendable {
        /// While this process decides.
        var term: Term?
        /// Whether anything may be accepted: it will be carried out by this process, or by another that is there.
        var isReady = false
        var isStopping = false
        var keeper: LeaseKeeper
        /// What the one that decides is to be told.
        var hints: Set<ChangeHint> = []
        /// The wait for the next look at a lease that another holds.
        var nap: Task<Void, any Error>?
    }

    /// From taking a ledger up until leaving it to another.
    struct Term: Sendable {
        let epoch: Epoch
        let post: AsyncStream<Message>.Continuation
    }

    enum Message: Sendable {
        case input(DrainRunner.Input)
        /// What an operator says of a drain, and who waits until it is recorded.
        case word(DrainRunner.Input, DrainID, PendingReplies.Number)
        case ended(DrainRunner.Effect, DrainRunner.Input)
        /// A sleeper for this moment woke, perhaps too early: the clock may have been set meanwhile.
        case woken(Timestamp)
        /// Something may be recorded that the runner has not heard of.
        case recount
        case fenced
        case stop
    }

    /// What is worth telling people, beside the records themselves.
    public enum Report: Sendable {
        case recovered([Drain])
        /// A new version of a drain is durable.
        case recorded(Drain)
        case recordingFailed(LedgerError)
        case readFailed(Read, ReadFailure)
        case callFailed(Call, String)
        /// Another process decides, and this one waits.
        case standsBy(for: Lease.Holder)
        /// Another process decides now.
        case leaseLost
        /// AWS does not answer this process, and may answer another.
        case leaseHandedOver
        case leaseUnreached(LedgerError)
    }

    /// - Parameters:
    ///   - holder: as what it claims the lease of a ledger that is shared.
    ///   - objection: why this process must not stand by for the holder of a lease, if so: that one decides otherwise.
    public init(
        ledger: any Ledger, observer: any ClusterObserver, actuator: any ClusterActuator, clock: any WallClock,
        policy: EnginePolicy, holder: Lease.Holder = Lease.Holder(name: "draind"),
        objection: @escaping @Sendable (Lease) -> (any Error)? = { _ in nil },
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.holder = holder
        self.objection = objection
        state = Mutex(State(keeper: LeaseKeeper(name: holder.name)))
        self.ledger = ledger
        self.observer = observer
        self.actuator = actuator
        self.clock = clock
        self.policy = policy
        self.report = report
    }

    /// Whether new drains can be accepted: the ledger's have been taken up, by this process or by another.
    public var isReady: Bool { state.withLock(\.isReady) }

    /// Records a drain for the action. When this returns, it is durable and will be carried out, whatever happens.
    ///
    /// - Throws: ``LedgerError``; then the sender must be told to try again.
    /// - Returns: whether it was new.
    @discardableResult
    public func accept(_ action: LifecycleAction, from origin: DrainOrigin) async throws(LedgerError) -> Bool {
        try await accept(DrainMachine.accept(action, from: origin, at: clock.now(), policy: policy.drain)).isNew
    }

    /// Records a drain for a Spot instance that EC2 takes back, as ``accept(_:from:)`` does for an action.
    ///
    /// - Parameter warnedAt: when EC2 gave the warning.
    /// - Throws: ``LedgerError``; then the sender must be told to try again.
    @discardableResult
    public func accept(
        interruptionOf instance: InstanceID, warnedAt: Timestamp, from origin: DrainOrigin
    ) async throws(LedgerError) -> InterruptionReceipt {
        let drain = DrainMachine.acceptInterruption(
            of: instance, warnedAt: warnedAt, from: origin, at: clock.now(), policy: policy.drain)
        guard let drain else { return .tooLate }
        return try await accept(drain).isNew ? .accepted : .known
    }

    /// What became of the warning that EC2 takes a Spot instance back.
    public enum InterruptionReceipt: Hashable, Sendable {
        /// Recorded just now.
        case accepted
        case known
        /// The instance is gone, and there is nothing to drain.
        case tooLate
    }

    /// EC2 recommends to replace a Spot instance: open drains of it say so, and nothing else follows.
    public func noteRebalanceRecommendation(of instance: InstanceID, at recommendedAt: Timestamp) async {
        if let term = state.withLock(\.term) {
            term.post.yield(.input(.rebalanceRecommended(instance, at: recommendedAt)))
        } else {
            try? await sharedLedger?.leave(.rebalanceRecommended(instance, at: recommendedAt))
        }
    }

    /// Something has changed: who waits for that looks soon. Nothing is recorded; where another process decides, it
    /// hears of it within two seconds, if that has to do with a drain.
    public func note(_ hint: ChangeHint) {
        state.withLock { state in
            if let term = state.term {
                term.post.yield(.input(.hinted(hint)))
            } else if sharedLedger != nil {
                state.hints.insert(ChangeHint(cluster: hint.cluster, instance: hint.instance))
            }
        }
    }

    /// Records a drain that just came in, and has it carried out.
    func accept(_ drain: Drain) async throws(LedgerError) -> (drain: Drain, isNew: Bool) {
        guard isReady else { throw .unavailable("draind is still starting") }
        let (recorded, isNew) = try await recordAnyway(drain)
        // Who decides later finds it in the ledger.
        state.withLock(\.term)?.post.yield(.input(.accepted(recorded)))
        return (recorded, isNew)
    }

    /// Whoever decides by now.
    private func recordAnyway(_ drain: Drain) async throws(LedgerError) -> (drain: Drain, isNew: Bool) {
        let epoch = state.withLock(\.term)?.epoch
        do throws(LedgerError) {
            return try await record(drain, epoch: epoch)
        } catch {
            guard error == .fenced, epoch != nil, sharedLedger != nil else { throw error }
            return try await record(drain, epoch: nil)
        }
    }

    private func record(_ drain: Drain, epoch: Epoch?) async throws(LedgerError) -> (drain: Drain, isNew: Bool) {
        do throws(LedgerError) {
            switch try await ledger.accept(drain, epoch: epoch) {
            case .accepted:
                report(.recorded(drain))
                return (drain, true)
            // Recorded by a try whose answer was lost, perhaps: the runner ignores what it knows already.
            case .duplicate(let recorded): return (recorded, false)
            }
        } catch {
            if case .unknownOutcome = error { state.withLock(\.term)?.post.yield(.recount) }
            throw error
        }
    }

    /// Ends ``run()`` once what is under way has been answered and recorded. What is not begun is left to the next start.
    public func stop() {
        state.withLock { state in
            state.isStopping = true
            state.term?.post.yield(.stop)
            state.nap?.cancel()
        }
    }

    /// Works until stopped or cancelled.
    ///
    /// - Throws: ``LedgerError`` when the ledger cannot be opened, or another writer took it over that is not shared.
    public func run() async throws {
        defer { replies.close() }
        if let shared = sharedLedger { return try await decideInTurn(on: shared) }
        try await decide(in: try await ledger.beginEpoch())
    }

    /// Decides until told to stop.
    ///
    /// - Parameters:
    ///   - meanwhile: adds what goes on from the beginning.
    ///   - afterwards: adds what goes on once the ledger's drains are taken up.
    /// - Throws: ``LedgerError/fenced`` when another process decides now.
    func decide(
        in epoch: Epoch, meanwhile: (inout ThrowingDiscardingTaskGroup<any Error>) -> Void = { _ in },
        afterwards: (inout ThrowingDiscardingTaskGroup<any Error>) -> Void = { _ in }
    ) async throws {
        let (mailbox, post) = AsyncStream<Message>.makeStream()
        state.withLock { state in
            state.term = Term(epoch: epoch, post: post)
            if state.isStopping { post.yield(.stop) }
        }
        defer {
            state.withLock { $0.term = nil }
            post.finish()
            replies.endAll(.unknownOutcome("draind decides no more"))
        }
        try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            meanwhile(&group)
            // What is accepted from now on is posted, and what was before is in the ledger.
            let recovered = try await recovered()
            state.withLock { $0.isReady = true }
            report(.recovered(recovered))
            post.yield(.input(.recovered(recovered)))
            afterwards(&group)
            try await work(epoch: epoch, mailbox, post, in: &group)
        }
    }

    private func work(
        epoch: Epoch, _ mailbox: AsyncStream<Message>, _ post: AsyncStream<Message>.Continuation,
        in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        var runner = DrainRunner(policy: policy)
        var underWay = 0
        var isStopping = false
        var sleepers: Set<Timestamp> = []
        var words: [(drain: DrainID, reply: PendingReplies.Number)] = []
        for await message in mailbox {
            var effects: [DrainRunner.Effect] = []
            switch message {
            case .stop: isStopping = true
            case .recount:
                group.addTask { await self.recount(after: self.policy.drain.retryInterval, post) }
            case .fenced: throw LedgerError.fenced
            case .input(let input): effects = runner.handle(input, at: clock.now())
            case .word(let input, let drain, let reply):
                words.append((drain, reply))
                effects = runner.handle(input, at: clock.now())
            case .woken(let moment):
                sleepers.remove(moment)
                effects = runner.handle(.tick, at: clock.now())
            case .ended(let effect, let input):
                underWay -= 1
                if case .persist(let drains) = effect, input == .persisted {
                    for drain in drains { report(.recorded(drain)) }
                }
                if case .persistFailed(let reason) = input {
                    for word in words { replies.end(word.reply, .unavailable(reason)) }
                    words = []
                }
                effects = runner.handle(input, at: clock.now())
            }
            for word in words where runner.isRecorded(word.drain) { replies.end(word.reply, nil) }
            words.removeAll { runner.isRecorded($0.drain) }
            if isStopping { effects = effects.filter(\.isRecord) }
            for effect in effects {
                underWay += 1
                group.addTask { await self.perform(effect, epoch: epoch, post) }
            }
            if isStopping {
                if underWay == 0 { return }
                continue
            }
            // A sleeper that wakes earlier will ask again, so there are as many as there were different moments.
            if let wakeAt = runner.wakeAt(after: clock.now()), !sleepers.contains(where: { $0 <= wakeAt }) {
                sleepers.insert(wakeAt)
                group.addTask { await self.wake(at: wakeAt, post) }
            }
        }
    }

    private func wake(at moment: Timestamp, _ post: AsyncStream<Message>.Continuation) async {
        // Cancelled only when everything ends; then nobody needs to be woken.
        guard (try? await clock.sleep(until: moment)) != nil else { return }
        post.yield(.woken(moment))
    }

    /// Asks the ledger, until it answers, for what it holds: the runner takes up what it did not know of.
    ///
    /// - Parameters:
    ///   - pause: before it is asked for the first time.
    ///   - notes: what others have told of these drains.
    func recount(after pause: Duration, having notes: [Note] = [], _ post: AsyncStream<Message>.Continuation) async {
        var pause = pause
        while (try? await clock.sleep(until: clock.now() + pause)) != nil {
            pause = policy.drain.retryInterval
            guard let open = try? await ledger.activeDrains() else { continue }
            post.yield(.input(.recovered(open.map(notes.applied))))
            return
        }
    }

    private func perform(
        _ effect: DrainRunner.Effect, epoch: Epoch, _ post: AsyncStream<Message>.Continuation
    ) async {
        switch await outcome(of: effect, epoch: epoch) {
        case .some(let input): post.yield(.ended(effect, input))
        case .none: post.yield(.fenced)
        }
    }

    /// Waits while another may decide: what is asked or told then is that one's business, and so is the whole share of
    /// AWS's request rates.
    ///
    /// - Returns: false when draind is told to stop meanwhile, or another has taken over.
    private func mayDecideSoon() async -> Bool {
        while !mayDecide {
            let isStopping = state.withLock(\.isStopping)
            let moment = clock.now() + Self.renewalPoll
            guard !isStopping, (try? await clock.sleep(until: moment)) != nil else { return false }
        }
        return true
    }

    private static let renewalPoll = Duration.milliseconds(200)
    private static let mayNotDecide = "another draind may decide now: the lease was not renewed in time"

    /// Carries an effect out; nil when another writer has taken over. Only a heartbeat is of use whoever decides.
    private func outcome(of effect: DrainRunner.Effect, epoch: Epoch) async -> DrainRunner.Input? {
        switch effect {
        case .persist(let drains):
            do throws(LedgerError) {
                try await ledger.update(drains, epoch: epoch)
                return .persisted
            } catch {
                report(.recordingFailed(error))
                return error == .fenced ? nil : .persistFailed(reason: error.description)
            }
        case .adopt(let action):
            let drain = DrainMachine.accept(action, from: .reconcile, at: clock.now(), policy: policy.drain)
            do throws(LedgerError) {
                return .accepted(try await record(drain, epoch: epoch).drain)
            } catch {
                report(.recordingFailed(error))
                return error == .fenced ? nil : .notAdopted(action)
            }
        case .read(let read):
            guard await mayDecideSoon() else { return .read(read, .failed(ReadFailure(Self.mayNotDecide))) }
            let sentAt = clock.uptime()
            let answer = await observer.answer(to: read)
            if case .failed(let failure) = answer { report(.readFailed(read, failure)) }
            state.withLock { $0.keeper.asked(isAnswered: !answer.isMissing, sentAt: sentAt, at: clock.uptime()) }
            return .read(read, answer)
        case .perform(let calls):
            if !calls.allSatisfy(\.isHeartbeat), await !mayDecideSoon() {
                return .answered(Dictionary(calls.map { ($0, .refused(Self.mayNotDecide)) }) { first, _ in first })
            }
            let answers = await actuator.perform(calls)
            for (call, answer) in answers {
                switch answer {
                case .refused(let reason, _), .notFound(let reason), .unanswered(let reason):
                    report(.callFailed(call, reason))
                case .done, .noActiveAction, .withheld: break
                }
            }
            return .answered(answers)
        }
    }
}

extension Call {
    /// Whoever decides, it keeps a hook alive.
    fileprivate var isHeartbeat: Bool { if case .recordHeartbeat = self { true } else { false } }
}

extension ReadAnswer {
    fileprivate var isMissing: Bool { if case .failed(let failure) = self { failure.isUnanswered } else { false } }
}

extension DrainRunner.Effect {
    fileprivate var isRecord: Bool { if case .persist = self { true } else { false } }
}
