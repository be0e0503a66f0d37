public import DrainModel
import Synchronization

// Which of the processes on a shared ledger decides: whoever holds the lease.
extension DrainController {
    var sharedLedger: (any SharedLedger)? { ledger as? any SharedLedger }

    /// On a ledger that is not shared, always.
    var mayDecide: Bool {
        sharedLedger == nil || state.withLock { $0.keeper.mayDecide(at: clock.uptime()) }
    }

    /// Which part this process has among those that share its ledger.
    public var role: Role {
        guard mayDecide, let term = state.withLock(\.term) else { return .standsBy }
        return .decides(in: term.epoch)
    }

    public enum Role: Hashable, Sendable {
        case decides(in: Epoch)
        /// It only accepts: another decides, or nobody for now.
        case standsBy
    }

    /// Waits for the lease, decides while it holds it, and so on until told to stop.
    func decideInTurn(on shared: any SharedLedger) async throws {
        while let lease = try await awaitLease(on: shared) {
            do {
                try await decide(
                    in: lease.epoch, meanwhile: { $0.addTask { await self.keepLease(on: shared) } },
                    // Words are about drains that it has to know first.
                    afterwards: { $0.addTask { await self.takeNotes(from: shared) } })
                // If that fails, the others wait a while longer.
                try? await shared.handOver(lease)
                return
            } catch LedgerError.fenced {
                loseLease()
            }
        }
    }

    /// Another has it, unless it was handed over.
    private func loseLease() {
        let wasHeld = state.withLock { state in
            defer { state.keeper.lost(at: clock.uptime()) }
            return state.keeper.held != nil
        }
        if wasHeld { report(.leaseLost) }
    }

    /// - Returns: nil when told to stop.
    private func awaitLease(on shared: any SharedLedger) async throws -> Lease? {
        var shown: Lease?
        while !state.withLock(\.isStopping) {
            await ask(shared)
            let (held, watched) = state.withLock { ($0.keeper.held, $0.keeper.watched) }
            if let held { return held }
            await passHintsOn(to: shared)
            if let watched, let holder = watched.holder {
                state.withLock { $0.isReady = true }
                if holder != shown?.holder { report(.standsBy(for: holder)) }
                // Renewed since: its holder lives, and is not about to be succeeded by this process.
                if holder == shown?.holder, watched != shown, let error = objection(watched) { throw error }
                shown = watched
            }
            try await nap()
        }
        return nil
    }

    /// Tells the one that decides what has changed since the last time, as far as a drain is concerned: events are many,
    /// and few of them are.
    private func passHintsOn(to shared: any SharedLedger) async {
        let hints = state.withLock { state in
            defer { state.hints = [] }
            return state.hints
        }
        guard !hints.isEmpty, let open = try? await shared.activeDrains() else { return }
        let concerned = open.filter { drain in hints.contains { drain.isConcerned(by: $0) } }
        // A cluster once, whatever happened in it; and instances whose cluster is not known yet.
        let notes = Set(
            concerned.map { drain in
                drain.location.map { Note.hinted($0.cluster, nil) } ?? .hinted(nil, drain.instance)
            })
        // If that fails, the poll of the one that decides sees it. One that waits has the lease to watch beside.
        for note in notes.prefix(Self.mostNotes) { try? await shared.leave(note) }
    }

    private static let mostNotes = 10

    /// Until there is something to do about the lease, or draind is told to stop.
    private func nap() async throws {
        let left = state.withLock { $0.keeper.wakeAt } - clock.uptime()
        let nap = Task { try await clock.sleep(until: clock.now() + left) }
        state.withLock { state in
            state.nap = nap
            if state.isStopping { nap.cancel() }
        }
        _ = await withTaskCancellationHandler {
            await nap.result
        } onCancel: {
            nap.cancel()
        }
        try Task.checkCancellation()
    }

    /// Asks the ledger what the keeper wants to know or do.
    private func ask(_ shared: any SharedLedger) async {
        let sentAt = clock.uptime()
        guard let step = state.withLock({ $0.keeper.step(at: sentAt) }) else { return }
        do throws(LedgerError) {
            switch step {
            case .look:
                let lease = try await shared.lease()
                state.withLock { $0.keeper.saw(lease, at: clock.uptime()) }
            case .claim(let seen):
                let lease = try await shared.claim(holder, after: seen)
                state.withLock { $0.keeper.claimed(lease, sentAt: sentAt, at: clock.uptime()) }
            case .renew(let lease):
                let renewed = try await shared.renew(lease)
                state.withLock { $0.keeper.renewed(renewed, sentAt: sentAt) }
            case .handOver(let lease):
                report(.leaseHandedOver)
                state.withLock { $0.keeper.handsOver(at: sentAt) }
                try await shared.handOver(lease)
            }
        } catch .fenced {
            loseLease()
        } catch {
            state.withLock { $0.keeper.failed(at: clock.uptime()) }
            report(.leaseUnreached(error))
        }
    }

    /// Renews the lease until it is lost.
    private func keepLease(on shared: any SharedLedger) async {
        while state.withLock({ $0.keeper.held != nil }) {
            let left = state.withLock { $0.keeper.wakeAt } - clock.uptime()
            guard (try? await clock.sleep(until: clock.now() + left)) != nil else { return }
            await ask(shared)
        }
        state.withLock(\.term)?.post.yield(.fenced)
    }

    /// Hears what others have accepted, and what operators told them.
    private func takeNotes(from shared: any SharedLedger) async {
        while (try? await clock.sleep(until: clock.now() + LeaseKeeper.watchInterval)) != nil {
            guard let term = state.withLock(\.term) else { continue }
            do throws(LedgerError) {
                await hear(try await shared.takeNotes(in: term.epoch), term.post)
            } catch {
                switch error {
                case .fenced: term.post.yield(.fenced)
                // Taken, perhaps; and nobody else tells of what has been accepted.
                case .unknownOutcome: term.post.yield(.recount)
                case .unavailable, .unreadable: break
                }
            }
        }
    }

    private func hear(_ notes: [Note], _ post: AsyncStream<Message>.Continuation) async {
        // First the drains that the words are about.
        if notes.contains(where: { $0.input == nil }) { await recount(after: .zero, having: notes, post) }
        for input in notes.compactMap(\.input) { post.yield(.input(input)) }
    }

    /// What the ledger holds; of one that is shared, as soon as it answers.
    func recovered() async throws -> [Drain] {
        while true {
            do throws(LedgerError) {
                return try await ledger.activeDrains()
            } catch {
                guard case .unavailable = error, sharedLedger != nil else { throw error }
                report(.leaseUnreached(error))
            }
            try await clock.sleep(until: clock.now() + policy.drain.retryInterval)
        }
    }
}

extension [Note] {
    /// A drain with the token that one of these tells, which its record may not hold any more.
    public func applied(to drain: Drain) -> Drain {
        reduce(drain) { drain, note in
            guard case .heard(drain.id, let token) = note else { return drain }
            return DrainMachine.heard(drain, token)
        }
    }
}

extension Note {
    /// What the runner is to be told; nil where it has to look what there is.
    public var input: DrainRunner.Input? {
        switch self {
        case .accepted, .heard: nil
        case .seekAction(let id): .seekAction(id)
        case .cancel(let id): .cancel(id)
        case .complete(let id, let result): .force(id, result)
        case .rebalanceRecommended(let instance, let moment): .rebalanceRecommended(instance, at: moment)
        case .hinted(let cluster, let instance): .hinted(ChangeHint(cluster: cluster, instance: instance))
        }
    }
}
