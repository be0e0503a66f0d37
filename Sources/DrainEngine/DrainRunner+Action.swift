import DrainModel

// What the runner does about what it saw: first the record, then the call.

/// The commits of records, one at a time.
struct Commit: Sendable {
    private(set) var isUnderWay = false
    private(set) var dueAt = Timestamp(millisecondsSinceEpoch: 0)
    /// What the commit under way will make durable.
    private(set) var revisions: [DrainID: Int] = [:]

    mutating func begin(_ revisions: [DrainID: Int]) {
        isUnderWay = true
        self.revisions = revisions
    }

    mutating func end() -> [DrainID: Int] {
        defer { revisions = [:] }
        isUnderWay = false
        return revisions
    }

    mutating func fail(dueAt next: Timestamp) {
        _ = end()
        dueAt = next
    }
}

extension DrainRunner {
    // MARK: Records

    mutating func commitEffects(at now: Timestamp) -> [Effect] {
        guard !commit.isUnderWay, commit.dueAt <= now else { return [] }
        let dirty = drains.filter(\.value.isDirty)
        guard !dirty.isEmpty else { return [] }
        commit.begin(dirty.mapValues(\.revision))
        return [.persist(dirty.values.map(\.drain).sorted { $0.id < $1.id })]
    }

    mutating func takeCommit(at now: Timestamp) {
        for (id, revision) in commit.end() {
            drains[id]?.durableRevision = revision
            // What is finished, and recorded as finished, needs no more care.
            if let tracked = drains[id], tracked.isFinished, !tracked.isDirty { drains[id] = nil }
        }
        watches = watches.filter { cluster, watch in
            watch.isUnderWay || drains(in: cluster).contains(where: \.needsLook)
        }
    }

    // MARK: Calls

    mutating func callEffects() -> [Effect] {
        var ready: [Call] = []
        for id in drains.keys.sorted() { ready += drains[id]?.takeReadyCalls() ?? [] }
        // Heartbeats and completions first: Auto Scaling's clock runs.
        let batches = Dictionary(grouping: ready.filter(\.canBeBatched), by: \.cluster).values.sorted {
            ($0.first?.cluster ?? "") < ($1.first?.cluster ?? "")
        }
        return ready.filter { !$0.canBeBatched }.sorted { $0.urgency < $1.urgency }.map { .perform([$0]) }
            + batches.map { .perform($0) }
    }

    mutating func takeAnswers(_ answers: [Call: CallAnswer], at now: Timestamp) {
        for (call, answer) in answers {
            guard let tracked = drains[call.drain] else { continue }
            step(call.drain) { drain, _ in
                .init(
                    DrainMachine.answered(
                        drain, call, answer, mayHaveBeenSentBefore: tracked.mayHaveCompleted, at: now))
            }
            if case .failed = answer {
                if call.kind == .complete { drains[call.drain]?.mayHaveCompleted = true }
                drains[call.drain]?.calls[call.kind] = .resting(until: now + policy.retryInterval)
            } else {
                drains[call.drain]?.calls[call.kind] = nil
            }
        }
    }
}

extension Call {
    fileprivate var canBeBatched: Bool { cluster != nil }

    fileprivate var cluster: ClusterName? {
        if case .setDraining(_, let location) = self { location.cluster } else { nil }
    }

    fileprivate var urgency: Int {
        switch self {
        case .recordHeartbeat: 0
        case .complete: 1
        case .setDraining, .stopTask: 2
        }
    }
}
