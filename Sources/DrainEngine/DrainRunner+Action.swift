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
            if let tracked = drains[id], tracked.isFinished, !tracked.isDirty {
                ended.add(tracked.drain)
                drains[id] = nil
                // If Auto Scaling still waits, nobody keeps that alive until it is adopted.
                if tracked.drain.outcome == .gone, tracked.drain.decision != nil { sweeps.hurry(to: now) }
            }
        }
        // A look that nobody needs any more is not finished; when it was, the next drain's first look must know.
        for cluster in watches.keys where !drains(in: cluster).contains(where: \.needsLook) {
            watches[cluster]?.look = nil
            let paced = watches[cluster]?.lastLookAt.map { $0 + policy.drain.pollInterval > now } ?? false
            if !paced { watches[cluster] = nil }
        }
        hooks = hooks.filter { hasActions(of: $0.key) }
    }

    // MARK: Calls

    mutating func callEffects(at now: Timestamp) -> [Effect] {
        var ready: [Call] = []
        for id in drains.keys.sorted() { ready += drains[id]?.readyCalls() ?? [] }
        let (batched, single) = ready.filter { !isHeld($0, at: now) }.sorted { $0.order < $1.order }
            .divided(by: \.canBeBatched)
        let batches = Dictionary(grouping: batched, by: \.cluster).sorted { ($0.key ?? "") < ($1.key ?? "") }
            .flatMap { $0.value.batches(of: Read.Batch.containerInstancesToUpdate) }
        return (single.map { [$0] } + batches).compactMap { calls in
            guard let first = calls.first, budget.take(first.bucket, urgent: first.isUrgent, at: now) else {
                return nil
            }
            for call in calls { drains[call.drain]?.begin(call, at: now) }
            return .perform(calls)
        }
    }

    /// All instances that are known to be leaving are taken out of service together, and before the first of them is
    /// completed: so no task moves to one that is about to leave. One that keeps the others waiting does so for a while
    /// only.
    private func isHeld(_ call: Call, at now: Timestamp) -> Bool { holdEnds(of: call).contains { $0 > now } }

    /// Until when other drains hold this call back, each for itself, and none for longer than a drain is ever held. What
    /// EC2 takes back is not held: in two minutes it is gone, whoever else leaves.
    private func holdEnds(of call: Call) -> [Timestamp] {
        guard let tracked = drains[call.drain], let cluster = tracked.drain.location?.cluster,
            tracked.drain.takenBackAt == nil
        else { return [] }
        let drain = tracked.drain
        switch call {
        case .setDraining:
            // Those that no look has covered yet; where they are may not be known either.
            return drains.values.filter { other in
                other.drain.isInService && !other.drain.drainingSetByUs
                    && other.drain.location.map { $0.cluster == cluster } ?? true
            }.map { min($0.knownSince, tracked.knownSince) + EnginePolicy.longestGathering }
        case .complete where drain.decision?.outcome == .drained:
            let ownEnd = (drain.decision?.at ?? drain.acceptedAt) + EnginePolicy.longestHold
            return drains(in: cluster).filter(\.drain.isInService)
                .map { min($0.knownSince + EnginePolicy.longestHold, ownEnd) }
        default: return []
        }
    }

    /// When calls that are held back, by others or by the budget, may go.
    func heldCallMoments(at now: Timestamp) -> [Timestamp] {
        var moments: [Timestamp] = []
        for tracked in drains.values {
            for case .wanted(let call, let revision) in tracked.calls.values where revision <= tracked.durableRevision {
                let ends = holdEnds(of: call).filter { $0 > now }
                moments += ends.isEmpty ? [budget.nextCall(call.bucket, at: now)] : ends
            }
        }
        return moments
    }

    mutating func takeAnswers(_ answers: [Call: CallAnswer], at now: Timestamp) {
        let throttled = answers.filter { if case .refused(_, isThrottling: true) = $0.value { true } else { false } }
        for bucket in Set(throttled.keys.map(\.bucket)) { budget.throttled(bucket, at: now) }
        for (call, answer) in answers.sorted(by: { $0.key.order < $1.key.order }) {
            guard let tracked = drains[call.drain] else { continue }
            let sentAt = tracked.sentAt(call.kind) ?? now
            let isCompletionUnderWay = call.kind == .heartbeat && tracked.sentAt(.complete) != nil
            drains[call.drain]?.end(call, answer, retryInterval: policy.drain.retryInterval, at: now)
            step(call.drain) { drain, _ in
                .init(
                    DrainMachine.answered(
                        drain, call, answer, sentAt: sentAt,
                        mayHaveBeenSentBefore: tracked.mayHaveCompleted || isCompletionUnderWay, at: now))
            }
        }
    }
}

extension Drain {
    /// Whether, as far as is known, ECS may still place tasks on the instance although it is to leave now.
    fileprivate var isInService: Bool {
        isUndecided && phase != .queued && outOfServiceSince == nil && deregisteredSince == nil
    }
}

extension Call {
    fileprivate var canBeBatched: Bool { if case .setDraining = self { true } else { false } }

    fileprivate var cluster: ClusterName? {
        if case .setDraining(_, let location) = self { location.cluster } else { nil }
    }

    /// Heartbeats and completions first: Auto Scaling's clock runs.
    fileprivate var order: Order {
        switch self {
        case .recordHeartbeat: Order(urgency: 0, drain: drain, subject: "")
        case .complete: Order(urgency: 1, drain: drain, subject: "")
        case .setDraining(_, let location), .setActive(_, let location), .deregister(_, let location):
            Order(urgency: 2, drain: drain, subject: location.containerInstance.rawValue)
        case .stopTask(_, _, let task): Order(urgency: 3, drain: drain, subject: task.rawValue)
        }
    }

    fileprivate struct Order: Comparable {
        let urgency: Int
        let drain: DrainID
        let subject: String

        static func < (left: Self, right: Self) -> Bool {
            (left.urgency, left.drain, left.subject) < (right.urgency, right.drain, right.subject)
        }
    }
}

extension Array {
    fileprivate func divided(by belongsToFirst: (Element) -> Bool) -> ([Element], [Element]) {
        (filter(belongsToFirst), filter { !belongsToFirst($0) })
    }
}
