import DrainModel

/// One drain in the runner's hands: its record, how much of it is durable, and the calls on their way.
struct TrackedDrain: Sendable {
    private(set) var drain: Drain
    /// Counts the changes of `drain`; a call waits for the revision that decided it to be durable.
    private(set) var revision = 0
    var durableRevision = 0
    var calls: [CallKind: CallState] = [:]
    /// Whether a completion may have reached Auto Scaling without our hearing the answer.
    var mayHaveCompleted: Bool

    /// Calls that must not overlap.
    enum CallKind: Hashable, Sendable {
        case setDraining, heartbeat, complete
        case stopTask(TaskARN)
    }

    enum CallState: Hashable, Sendable {
        case wanted(Call, revision: Int)
        case underWay
        /// Failed; not to be tried again before this time.
        case resting(until: Timestamp)
    }

    init(_ drain: Drain, isRecovered: Bool) {
        self.drain = drain
        mayHaveCompleted = isRecovered && drain.decision != nil
    }

    var isDirty: Bool { durableRevision < revision }
    var isFinished: Bool { drain.phase == .finished }
    var isUnlocated: Bool { drain.location == nil && drain.decision == nil && !isFinished }
    var needsLook: Bool { drain.location != nil && drain.decision == nil && !isFinished }

    mutating func change(to next: Drain) {
        drain = next
        revision += 1
    }

    /// Notes a call to be made, unless one of its kind is on its way or resting.
    mutating func want(_ call: Call) {
        guard calls[call.kind] == nil else { return }
        // A heartbeat rests on no decision: it goes on even while nothing can be recorded.
        calls[call.kind] = .wanted(call, revision: call.kind == .heartbeat ? 0 : revision)
    }

    mutating func endRests(at now: Timestamp) {
        calls = calls.filter { if case .resting(let until) = $0.value { until > now } else { true } }
    }

    /// Takes the calls whose decision is durable.
    mutating func takeReadyCalls() -> [Call] {
        var ready: [Call] = []
        for (kind, state) in calls {
            guard case .wanted(let call, let revision) = state, revision <= durableRevision else { continue }
            // A finished drain, or a decided one, has outlived what was wanted before.
            if isFinished || (drain.decision != nil && kind != .complete) {
                calls[kind] = nil
            } else {
                calls[kind] = .underWay
                ready.append(call)
            }
        }
        return ready
    }

    /// The next times at which this drain does something by itself.
    func moments(policy: DrainPolicy) -> [Timestamp] {
        if isFinished { return [] }
        let resting = calls.values.compactMap { state in
            if case .resting(let until) = state { until } else { nil }
        }
        if drain.decision != nil { return resting }
        return resting + [drain.deadline] + (calls[.heartbeat] == nil ? [drain.heartbeatDue] : [])
    }
}

extension Call {
    var kind: TrackedDrain.CallKind {
        switch self {
        case .setDraining: .setDraining
        case .stopTask(_, _, let task): .stopTask(task)
        case .recordHeartbeat: .heartbeat
        case .complete: .complete
        }
    }
}
