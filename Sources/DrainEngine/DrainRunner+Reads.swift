import DrainModel

// What the runner asks AWS: where instances are, how long hooks wait, what a cluster looks like, who waits unheard.
extension DrainRunner {
    /// What is wanted now, the most urgent first.
    private func wantedReads(at now: Timestamp) -> [Read] {
        let dueHooks = hooks.filter { $0.value.dueAt <= now && hasActions(of: $0.key) }.keys.sorted()
        return dueHooks.map { .describeLifecycleHooks($0) } + (search.current?.wanted ?? [])
            + watches.values.sorted { $0.begunBefore($1) }.flatMap { $0.look?.wanted ?? [] }
            + (sweeps.current?.wanted ?? [])
    }

    mutating func readEffects(at now: Timestamp) -> [Effect] {
        var empty: Set<APIBucket> = []
        var effects: [Effect] = []
        for read in wantedReads(at: now) where readsUnderWay[read] == nil && !empty.contains(read.bucket) {
            if budget.take(read.bucket, at: now) {
                readsUnderWay[read] = now
                effects.append(.read(read))
            } else {
                empty.insert(read.bucket)
            }
        }
        return effects
    }

    /// When the budget will allow what it does not allow now.
    func waitingReadMoments(at now: Timestamp) -> [Timestamp] {
        let waiting = wantedReads(at: now).filter { readsUnderWay[$0] == nil }
        return Set(waiting.map(\.bucket)).map { budget.nextCall($0, at: now) }
    }

    mutating func take(_ read: Read, _ answer: ReadAnswer, at now: Timestamp) {
        let sentAt = readsUnderWay.removeValue(forKey: read) ?? now
        if case .failed(let reason) = answer, reason.isThrottling { budget.throttled(read.bucket, at: now) }
        if case .describeLifecycleHooks(let group) = read { takeHooks(answer, of: group, at: now) }
        if search.current != nil {
            search.current?.take(read, answer)
            takeFound(at: now)
            endSearch(at: now)
        }
        for cluster in watches.keys.sorted() where watches[cluster]?.look != nil {
            watches[cluster]?.look?.take(read, answer, sentAt: sentAt, at: now)
            endLook(at: cluster, now: now)
        }
        if sweeps.current != nil { sweeps.current?.take(read, answer) }
    }
}
