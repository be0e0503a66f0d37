public import DrainModel
import Synchronization

/// Why an operator's word was not taken.
public enum OperatorRefusal: Error, Hashable, Sendable {
    /// There is no drain of that id.
    case unknown
    /// It is decided already, and not so.
    case decided(Drain)
    /// Whether it was recorded is not known, or it was not: it may be said again.
    case ledger(LedgerError)
}

// What operators may say. Each returns when it is durable.
extension DrainController {
    /// Drains an instance because an operator asks for it. One that drains already goes on as it does.
    ///
    /// - Parameters:
    ///   - cluster: the only one to look in; nil for any that is served.
    ///   - completesAction: whether to complete the pending lifecycle action of the instance as well, if Auto Scaling
    ///     waits with one.
    /// - Throws: ``LedgerError``.
    public func drain(
        _ instance: InstanceID, in cluster: ClusterName?, completesAction: Bool
    ) async throws(LedgerError) -> Drain {
        let open = try await ledger.activeDrains().filter { $0.instance == instance && $0.isUndecided }
        guard let known = open.first(where: { $0.action != nil }) ?? open.first else {
            let drain = DrainMachine.acceptManual(
                instance, in: cluster, completesAction: completesAction, at: clock.now(), policy: policy.drain)
            return try await accept(drain).drain
        }
        if completesAction { try await say(.seekAction(known.id), of: known.id) { $0.seeksAction || $0.action != nil } }
        return try await ledger.drain(known.id) ?? known
    }

    /// Drains instances because what they run is about to be deleted with its stack. One that drains already goes on as it
    /// does.
    ///
    /// - Parameters:
    ///   - cluster: the only one to look in; nil for any that is served.
    ///   - deadline: of drains that are begun; then nobody waits for them any more.
    /// - Returns: the drain of each.
    /// - Throws: ``LedgerError``; some may have been begun.
    public func drain(
        _ instances: [InstanceID], in cluster: ClusterName?, forStackUntil deadline: Timestamp
    ) async throws(LedgerError) -> [InstanceID: DrainID] {
        guard !instances.isEmpty else { return [:] }
        var drains: [InstanceID: DrainID] = [:]
        for drain in try await ledger.activeDrains() where drain.isUndecided { drains[drain.instance] = drain.id }
        drains = drains.filter { instances.contains($0.key) }
        for instance in instances where drains[instance] == nil {
            let drain = DrainMachine.acceptManual(
                instance, in: cluster, from: .customResource, deadline: deadline, at: clock.now(), policy: policy.drain)
            drains[instance] = try await accept(drain).drain.id
        }
        return drains
    }

    /// Calls a drain off: DRAINING is undone if draind set it, and the lifecycle action is left to its timeout.
    public func cancel(_ id: DrainID) async throws(OperatorRefusal) -> Drain {
        try await have(id, decidedBy: .cancel(id)) { $0.outcome == .cancelled }
    }

    /// Completes a drain now, whatever still runs.
    public func complete(_ id: DrainID, with result: LifecycleActionResult) async throws(OperatorRefusal) -> Drain {
        try await have(id, decidedBy: .complete(id, result)) { $0.outcome == .forced && $0.result == result }
    }

    /// - Parameter isMeant: whether a decision is the one that is asked for; said twice, it is as good as said once.
    private func have(
        _ id: DrainID, decidedBy word: Note, _ isMeant: (Drain.Decision) -> Bool
    ) async throws(OperatorRefusal) -> Drain {
        guard let known = try await recorded(id) else { throw .unknown }
        if known.isUndecided {
            do throws(LedgerError) {
                try await say(word, of: id) { !$0.isUndecided }
            } catch {
                throw .ledger(error)
            }
        }
        guard let decided = try await recorded(id) else { throw .unknown }
        guard let decision = decided.decision, isMeant(decision) else { throw .decided(decided) }
        return decided
    }

    private func recorded(_ id: DrainID) async throws(OperatorRefusal) -> Drain? {
        do throws(LedgerError) { return try await ledger.drain(id) } catch { throw .ledger(error) }
    }

    /// Returns when the word is recorded; where another process decides, when that has carried it out.
    private func say(_ word: Note, of id: DrainID, _ isDone: (Drain) -> Bool) async throws(LedgerError) {
        guard isReady else { throw .unavailable("draind is still starting") }
        if let term = state.withLock(\.term), let input = word.input {
            return try await replies.wait { number in
                if case .terminated = term.post.yield(.word(input, id, number)) {
                    replies.end(number, .unavailable("another draind decides now"))
                }
            }
        }
        guard let sharedLedger else { throw .unknownOutcome("draind is ending") }
        try await sharedLedger.leave(word)
        let patience = clock.uptime() + .seconds(10)
        while clock.uptime() < patience, (try? await clock.sleep(until: clock.now() + .milliseconds(500))) != nil {
            if let drain = try await ledger.drain(id), isDone(drain) { return }
        }
        throw .unknownOutcome("it was left for the draind that decides, which has not carried it out yet")
    }
}
