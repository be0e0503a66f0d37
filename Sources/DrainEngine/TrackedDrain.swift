import DrainModel

/// One drain in the runner's hands: its record, how much of it is durable, and the calls on their way.
struct TrackedDrain: Sendable {
    private(set) var drain: Drain
    /// Counts the changes of `drain`; a call waits for the revision that decided it to be durable.
    private(set) var revision = 0
    var durableRevision = 0
    var lastLookAt: Timestamp?
    private(set) var calls: [CallKind: CallState] = [:]
    /// How often in a row calls of a kind have failed.
    private var failures: [CallKind: Int] = [:]
    private let trackedSince: Timestamp
    /// Whether a completion may have reached Auto Scaling without our hearing the answer.
    private(set) var mayHaveCompleted: Bool

    /// Calls that must not overlap.
    enum CallKind: Hashable, Sendable {
        case heartbeat, complete
        case state(ContainerInstanceARN)
        case stopTask(TaskARN)
    }

    enum CallState: Hashable, Sendable {
        case wanted(Call, revision: Int)
        case underWay(since: Timestamp)
        /// Not to be tried again before this time.
        case resting(until: Timestamp)
    }

    init(_ drain: Drain, isRecovered: Bool, at now: Timestamp) {
        self.drain = drain
        trackedSince = now
        mayHaveCompleted = isRecovered && drain.decision != nil
    }

    var isDirty: Bool { durableRevision < revision }
    var isFinished: Bool { drain.phase == .finished }
    var isUnlocated: Bool { drain.location == nil && drain.isUndecided }
    var needsLook: Bool { drain.location != nil && drain.isUndecided }
    /// Whether EC2 takes its instance back, and the drain is still to be judged.
    var isTaken: Bool { drain.takenBackAt != nil && drain.isUndecided }
    var isInProgress: Bool { drain.phase >= .draining && !isFinished }
    /// Whether it may end at any time, or has little: it is not kept waiting by a long interval.
    var isClose: Bool { drain.phase == .replacing && drain.blockedBy.isEmpty || isTaken }

    /// Since when it is known here. Its record's times may be those of another clock, and still to come.
    var knownSince: Timestamp { min(drain.acceptedAt, trackedSince) }

    mutating func change(to next: Drain) {
        drain = next
        revision += 1
    }

    // MARK: Calls

    /// Notes a call to be made, unless one of its kind is on its way or resting.
    mutating func want(_ call: Call) {
        guard calls[call.kind] == nil else { return }
        // A heartbeat rests on no decision: it goes on even while nothing can be recorded.
        calls[call.kind] = .wanted(call, revision: call.kind == .heartbeat ? 0 : revision)
    }

    mutating func endRests(at now: Timestamp) {
        calls = calls.filter { if case .resting(let until) = $0.value { until > now } else { true } }
    }

    /// The calls whose decision is durable. What a finished or decided drain has outlived is forgotten.
    mutating func readyCalls() -> [Call] {
        var ready: [Call] = []
        for (kind, state) in calls {
            guard case .wanted(let call, let revision) = state else { continue }
            // What was to be asked of the action by another token is asked anew.
            let isOutdated = call.action.map { $0 != drain.action } ?? false
            if isFinished || isOutdated || (drain.decision != nil && !call.followsDecision(of: drain)) {
                calls[kind] = nil
            } else if revision <= durableRevision {
                ready.append(call)
            }
        }
        return ready
    }

    mutating func begin(_ call: Call, at now: Timestamp) { calls[call.kind] = .underWay(since: now) }

    /// When the call under way was sent.
    func sentAt(_ kind: CallKind) -> Timestamp? {
        if case .underWay(let since) = calls[kind] { since } else { nil }
    }

    mutating func end(_ call: Call, _ answer: CallAnswer, retryInterval: Duration, at now: Timestamp) {
        switch answer {
        case .noActiveAction where call.kind == .heartbeat: rest(call.kind, retryInterval, at: now)
        case .done, .noActiveAction:
            failures[call.kind] = nil
            calls[call.kind] = nil
        case .withheld: calls[call.kind] = .resting(until: now + EnginePolicy.withheldPause)
        case .unanswered, .refused, .notFound:
            if call.kind == .complete, case .unanswered = answer { mayHaveCompleted = true }
            rest(call.kind, retryInterval, at: now)
        }
    }

    /// Longer each time in a row.
    private mutating func rest(_ kind: CallKind, _ retryInterval: Duration, at now: Timestamp) {
        let count = failures[kind, default: 0]
        failures[kind] = count + 1
        let pause =
            kind == .heartbeat
            ? pauseAfterHeartbeat(failures: count, at: now) : EnginePolicy.pause(after: count, retryInterval)
        calls[kind] = .resting(until: now + pause)
    }

    /// Soon while there is little time left, and ever later while there is much: a refusal that lasts, of a hundred
    /// drains, must not become a hundred calls a second.
    private func pauseAfterHeartbeat(failures: Int, at now: Timestamp) -> Duration {
        let timeout = drain.heartbeat.timeoutSeconds ?? LifecycleHookTiming.shortest.heartbeatTimeoutSeconds
        let end = (drain.heartbeat.lastAt ?? drain.acceptedAt) + .seconds(timeout)
        let quarter = max(EnginePolicy.heartbeatRetry, (end - now) / 4)
        return min(quarter, EnginePolicy.pause(after: failures, EnginePolicy.heartbeatRetry))
    }

    /// The next times at which this drain does something by itself.
    var moments: [Timestamp] {
        if isFinished { return [] }
        var moments = calls.values.compactMap { state in
            if case .resting(let until) = state { until } else { nil }
        }
        if drain.isUndecided || drain.decision?.outcome == .cancelled { moments.append(drain.deadline) }
        if let due = drain.nextHeartbeatAt, calls[.heartbeat] == nil { moments.append(due) }
        return moments
    }
}

extension Call {
    var kind: TrackedDrain.CallKind {
        switch self {
        case .setDraining(_, let at), .setActive(_, let at), .deregister(_, let at): .state(at.containerInstance)
        case .stopTask(_, _, let task): .stopTask(task)
        case .recordHeartbeat: .heartbeat
        case .complete: .complete
        }
    }

    /// Whether it is still to be made once the drain is decided.
    fileprivate func followsDecision(of drain: Drain) -> Bool {
        switch self {
        case .complete, .recordHeartbeat: true
        case .setActive: drain.decision?.outcome == .cancelled
        case .setDraining, .deregister, .stopTask: false
        }
    }

    /// The lifecycle action that it is about.
    fileprivate var action: LifecycleAction? {
        switch self {
        case .recordHeartbeat(_, let action), .complete(_, let action, _): action
        case .setDraining, .setActive, .deregister, .stopTask: nil
        }
    }

    var bucket: APIBucket {
        switch self {
        case .setDraining, .setActive, .deregister, .stopTask: .clusterResourceModify
        case .recordHeartbeat, .complete: .lifecycleAction
        }
    }

    /// Whether Auto Scaling's clock runs for it.
    var isUrgent: Bool { kind == .heartbeat || kind == .complete }
}
