public import DrainModel

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
        if completesAction { try await say(.seekAction(known.id), of: known.id) }
        return try await ledger.drain(known.id) ?? known
    }

    /// Calls a drain off: DRAINING is undone if draind set it, and the lifecycle action is left to its timeout.
    public func cancel(_ id: DrainID) async throws(OperatorRefusal) -> Drain {
        try await decide(id, by: .cancel(id)) { $0.outcome == .cancelled }
    }

    /// Completes a drain now, whatever still runs.
    public func complete(_ id: DrainID, with result: LifecycleActionResult) async throws(OperatorRefusal) -> Drain {
        try await decide(id, by: .force(id, result)) { $0.outcome == .forced && $0.result == result }
    }

    /// - Parameter isMeant: whether a decision is the one that is asked for; said twice, it is as good as said once.
    private func decide(
        _ id: DrainID, by word: DrainRunner.Input, _ isMeant: (Drain.Decision) -> Bool
    ) async throws(OperatorRefusal) -> Drain {
        guard let known = try await recorded(id) else { throw .unknown }
        if known.isUndecided {
            do throws(LedgerError) { try await say(word, of: id) } catch { throw .ledger(error) }
        }
        guard let decided = try await recorded(id) else { throw .unknown }
        guard let decision = decided.decision, isMeant(decision) else { throw .decided(decided) }
        return decided
    }

    private func recorded(_ id: DrainID) async throws(OperatorRefusal) -> Drain? {
        do throws(LedgerError) { return try await ledger.drain(id) } catch { throw .ledger(error) }
    }

    private func say(_ word: DrainRunner.Input, of id: DrainID) async throws(LedgerError) {
        guard isRecovered else { throw .unavailable("draind is still starting") }
        try await replies.wait { post.yield(.word(word, id, $0)) }
    }
}
