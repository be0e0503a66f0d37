/// What happens next to one drain: a pure, synchronous function of the record, what was observed, and the time.
///
/// Every function takes a record and gives its successor, with the calls that are to be made *after* the successor is
/// durable. None of them remembers anything, so after a crash the same observation leads to the same step again.
public enum DrainMachine {
    /// A decided step: the record to keep, then the calls to make.
    public struct Step: Hashable, Sendable {
        public var drain: Drain
        public var calls: [Call]

        public init(_ drain: Drain, _ calls: [Call] = []) {
            self.drain = drain
            self.calls = calls
        }
    }

    // MARK: Beginning

    /// The first record of an action that has just come in.
    public static func accept(
        _ action: LifecycleAction, from origin: DrainOrigin, at now: Timestamp, policy: DrainPolicy
    ) -> Drain {
        let limit = action.startedAt + LifecycleHookTiming.longestWait - policy.limitMargin
        var drain = Drain(
            action: action, origin: origin, acceptedAt: now, deadline: min(now + policy.drainTimeout, limit),
            onTimeout: policy.onTimeout)
        drain.waitingFor = [Wait(.containerInstance, action.instance.rawValue, "being looked for in the clusters")]
        drain.note("Accepted from \(origin.rawValue): \(action.lifecycleHook) of \(action.autoScalingGroup)", at: now)
        if action.entersWarmPool {
            drain.note("The instance is on its way to the warm pool: it is drained, and then left to the pool", at: now)
        }
        return drain
    }

    /// A notification of the same action came in after it had been adopted without its token.
    public static func heard(_ drain: Drain, _ token: LifecycleActionToken?) -> Drain {
        // What is decided is completed as it was decided: the token may be of an earlier wait.
        guard drain.isUndecided, let token, drain.action?.token == nil else { return drain }
        var drain = drain
        drain.action?.token = token
        return drain
    }

    /// Another process takes the drain up. What the one before timed, it timed by its own clock, so that every margin is
    /// timed anew; and nobody knows how long ago the last heartbeat was, so that one goes out at once.
    public static func takenUp(_ drain: Drain) -> Step {
        guard drain.phase != .finished else { return Step(drain) }
        var drain = drain
        drain.forgetTimes()
        if drain.decision != nil, drain.hasHeardItsToken { drain.action?.token = nil }
        let heartbeat = drain.action.flatMap { drain.sendsHeartbeats ? Call.recordHeartbeat(drain.id, $0) : nil }
        return Step(drain, heartbeat.map { [$0] } ?? [])
    }

    /// The instance was found in a cluster.
    public static func located(_ drain: Drain, at location: Drain.Location, now: Timestamp) -> Drain {
        guard drain.location == nil, drain.isUndecided else { return drain }
        var drain = drain
        if let named = drain.namedCluster, named != location.cluster {
            drain.finish(
                .notOurs, "It is in cluster \(location.cluster), not in \(named) as asked: nothing is done", at: now)
            return drain
        }
        drain.location = location
        drain.absentSince = nil
        drain.waitingFor = [Wait(.containerInstance, drain.instance.rawValue, "found; about to be looked at")]
        drain.blockedBy.removeAll { $0.code == .awsUnreachable }
        drain.note("Found in cluster \(location.cluster)", at: now)
        return drain
    }

    /// The instance is in none of the served clusters. Only when that still holds after the registration delay is it
    /// not ours: then its action is completed, since nothing of ours runs there.
    public static func absent(_ drain: Drain, at now: Timestamp, policy: DrainPolicy) -> Step {
        guard drain.location == nil, drain.isUndecided else { return Step(drain) }
        var drain = drain
        drain.blockedBy.removeAll { $0.code == .awsUnreachable }
        // An operator names an instance that is there to be seen, and would rather hear of a mistake.
        if drain.origin == .manual, drain.action == nil, drain.isConfirmed {
            let place = drain.namedCluster.map { "not in cluster \($0)" } ?? "in no served cluster"
            return decide(drain, .continue, .notOurs, "The instance is \(place)", at: now)
        }
        guard let since = drain.absentSince else {
            drain.absentSince = now
            drain.waitingFor = [
                Wait(.containerInstance, drain.instance.rawValue, "in no served cluster; looking again")
            ]
            drain.note("In no served cluster; looking again, since it may still be registering", at: now)
            return Step(drain)
        }
        guard now - since >= policy.registrationDelay, drain.isConfirmed else { return Step(drain) }
        return decide(drain, .continue, .notOurs, "In no served cluster for \(policy.registrationDelay.brief)", at: now)
    }

    /// Auto Scaling's limits of the hook are known: heartbeats follow them, and the deadline stays inside them.
    ///
    /// - Parameter others: the group's other hooks of that transition, for which Auto Scaling waits as well.
    public static func hookRead(
        _ drain: Drain, _ timing: LifecycleHookTiming, beside others: [LifecycleHookName] = [], at now: Timestamp,
        policy: DrainPolicy
    ) -> Drain {
        guard let action = drain.action, drain.phase != .finished else { return drain }
        var drain = drain
        if drain.hooksBeside != others {
            drain.hooksBeside = others
            drain.note(hooksBeside: others, at: now)
        }
        drain.blockedBy.removeAll { $0.code == .hookUnread }
        // The hook may have been changed since the action began, which keeps what it began with: the shorter holds.
        guard drain.heartbeat.timeoutSeconds.map({ timing.heartbeatTimeoutSeconds < $0 }) ?? true else { return drain }
        drain.heartbeat.timeoutSeconds = timing.heartbeatTimeoutSeconds
        let limit = action.startedAt + timing.globalTimeout - policy.limitMargin
        if limit < drain.deadline {
            drain.deadline = limit
            let wanted = (drain.acceptedAt + policy.drainTimeout + policy.limitMargin - action.startedAt).milliseconds
            drain.note(
                "Deadline moved to \(limit.rfc3339): with a heartbeat timeout of \(timing.heartbeatTimeoutSeconds) s "
                    + "Auto Scaling waits no longer than \(timing.globalTimeout.brief), a hundred times that; a drain timeout "
                    + "of \(policy.drainTimeout.brief) takes a hook of at least \((wanted + 99_999) / 100_000) s",
                at: now, isWarning: true)
        }
        return drain
    }

    /// Whether the group keeps an instance whose termination is abandoned.
    public static func retention(_ drain: Drain, _ retainsAbandoned: Bool) -> Drain {
        var drain = drain
        drain.groupRetainsAbandoned = retainsAbandoned
        return drain
    }

    /// The hook could not be read: heartbeats go on as for the shortest timeout, and the reason is shown.
    public static func hookUnread(_ drain: Drain, _ reason: String, at now: Timestamp) -> Drain {
        guard drain.isUndecided, drain.heartbeat.timeoutSeconds == nil else { return drain }
        var drain = drain
        drain.show(.hookUnread(reason), at: now)
        return drain
    }

    // MARK: Time

    /// Time has passed: the heartbeat, the deadline and the final call, which need no look.
    public static func passTime(_ drain: Drain, at now: Timestamp, policy: DrainPolicy) -> Step {
        if drain.phase == .finished { return Step(drain) }
        let heartbeat = drain.action.flatMap { action in
            drain.sendsHeartbeats && drain.isHeartbeatDue(at: now) ? [Call.recordHeartbeat(drain.id, action)] : nil
        }
        if drain.decision != nil {
            if drain.decision?.outcome == .cancelled, now >= drain.deadline {
                var drain = drain
                drain.finish(.cancelled, "Cancelled; the instance could not be set ACTIVE again", at: now)
                return Step(drain)
            }
            if let limit = drain.waitLimit, now > limit {
                var drain = drain
                drain.finish(.gone, "Auto Scaling's own limit of the wait has passed without an answer", at: now)
                return Step(drain)
            }
            return Step(drain, (heartbeat ?? []) + finalCalls(of: drain))
        }
        if now >= drain.deadline {
            let does =
                drain.action == nil ? "the drain ends" : "the action is completed with \(drain.onTimeout.rawValue)"
            if drain.isNotFoundUntilTaken {
                return decide(drain, .continue, .notOurs, "In no served cluster until EC2 took it back", at: now)
            }
            let passed =
                drain.deadline == drain.takenBackAt ? "EC2 takes the instance back now" : "The deadline has passed"
            // What it waited for is said here, since a finished drain waits for nothing.
            let unmet = drain.waitingFor.map { "\($0.kind.rawValue) \($0.name): \($0.detail)" }
            return decide(
                drain, drain.onTimeout, .timedOut,
                "\(passed); by policy \(does). Still waited for: \(unmet.brief(upTo: 10)). \(drain.describeTasks())",
                at: now)
        }
        return Step(drain, heartbeat ?? [])
    }

    // MARK: Parts

    static func decide(
        _ drain: Drain, _ result: LifecycleActionResult, _ outcome: DrainOutcome, _ reason: String, at now: Timestamp
    ) -> Step {
        var drain = drain
        drain.decision = Drain.Decision(result: result, outcome: outcome, at: now)
        drain.advance(to: .completing)
        drain.waitingFor = []
        drain.blockedBy = []
        drain.note(reason, at: now)
        let calls = finalCalls(of: drain)
        if calls.isEmpty {
            let completesNone = drain.action == nil && outcome != .cancelled
            drain.finish(
                outcome, completesNone ? "Finished; it is of no lifecycle action, and completed none" : "Finished",
                at: now)
        }
        return Step(drain, calls)
    }

    /// What a decision is carried out by; nothing where there is nothing left to do.
    private static func finalCalls(of drain: Drain) -> [Call] {
        guard let decision = drain.decision else { return [] }
        if decision.outcome == .cancelled {
            guard drain.drainingSetByUs, drain.deregisteredSince == nil, let location = drain.location else {
                return []
            }
            return drain.containerInstances.sorted().map { .setActive(drain.id, location.of($0)) }
        }
        return drain.action.map { [.complete(drain.id, $0, decision.result)] } ?? []
    }
}
