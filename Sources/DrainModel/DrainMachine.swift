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
        if action.destination == "WarmPool" {
            drain.note("The instance is on its way to the warm pool: it is drained, and then left to the pool", at: now)
        }
        return drain
    }

    /// A notification of the same action came in after it had been adopted without its token.
    public static func heard(_ drain: Drain, _ token: LifecycleActionToken?) -> Drain {
        guard drain.phase != .finished, let token, drain.action?.token == nil else { return drain }
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
                "\(passed); by policy \(does). Still waited for: \(unmet.brief(upTo: 10))", at: now)
        }
        return Step(drain, heartbeat ?? [])
    }

    // MARK: Looks

    /// A look at the cluster arrived: the one place where a drain can become drained.
    ///
    /// - Parameter mayBegin: whether there is a place for it among the drains in progress.
    public static func judge(
        _ drain: Drain, by snapshot: ClusterSnapshot, mayBegin: Bool = true, at now: Timestamp, policy: DrainPolicy
    ) -> Step {
        guard drain.isUndecided, let location = drain.location, location.cluster == snapshot.cluster,
            snapshot.asked.isSuperset(of: drain.containerInstances)
        else { return Step(drain) }
        let new = snapshot.registrations(of: drain.instance).subtracting(drain.containerInstances)
        guard new.isEmpty else { return Step(drain.registered(as: new.sorted(), in: snapshot, at: now)) }
        var drain = drain
        drain.absorb(snapshot, now: now, policy: policy)
        drain.blockedBy.removeAll { $0.code == .awsUnreachable }
        let hosts = drain.containerInstances.sorted()
        let active = hosts.filter { snapshot.status(of: $0) == .active }
        let draining = hosts.filter { snapshot.status(of: $0) == .draining }
        if !active.isEmpty {
            return begin(drain, at: location, active, in: snapshot, mayBegin: mayBegin, at: now, policy: policy)
        }
        if case .other(let status)? = hosts.compactMap({ snapshot.status(of: $0) }).first(where: { $0 != .draining }) {
            drain.waitingFor = [Wait(.containerInstance, drain.instance.rawValue, status)]
            return Step(drain)
        }
        if draining.isEmpty, drain.tasks.isEmpty, !drain.taskListIsClosed, !drain.drainingSetByUs {
            return lose(drain, at: now)
        }
        // Only once no task can be on its way to it, and all are known: what ECS forgets can be listed no more, and neither
        // waited for nor stopped.
        if policy.detach == .deregister, drain.mayAct, drain.taskListIsClosed, !draining.isEmpty,
            policy.standaloneTasks == .ignore || drain.runningStandaloneTasks.isEmpty
        {
            drain.advance(to: .draining)
            drain.waitingFor = [Wait(.containerInstance, drain.instance.rawValue, "DRAINING, being deregistered")]
            drain.block(on: drain.refusedCall.map { [.awsRefused($0)] } ?? [], at: now)
            return Step(drain, draining.map { .deregister(drain.id, location.of($0)) })
        }
        return follow(drain, in: snapshot, at: now, policy: policy)
    }

    /// It is in service: take it out, when that may be.
    private static func begin(
        _ drain: Drain, at location: Drain.Location, _ active: [ContainerInstanceARN], in snapshot: ClusterSnapshot,
        mayBegin: Bool, at now: Timestamp, policy: DrainPolicy
    ) -> Step {
        var drain = drain
        let name = drain.instance.rawValue
        // Whom EC2 takes back waits for nobody's turn or protection: in two minutes it is gone anyway.
        let mustLeave = drain.takenBackAt != nil
        guard drain.mayAct else {
            let until =
                drain.seeksAction ? "it is known whether Auto Scaling waits" : "Auto Scaling confirms that it waits"
            drain.waitingFor = [Wait(.containerInstance, name, "ACTIVE, until \(until)")]
            return Step(drain)
        }
        guard mayBegin || drain.drainingSetByUs || mustLeave else {
            drain.advance(to: .queued)
            drain.waitingFor = [Wait(.budget, "max-concurrent", "waiting for a drain in progress to finish")]
            return Step(drain)
        }
        if let reason = snapshot.protectionUnseen, now - drain.acceptedAt < policy.protectionPatience,
            !drain.drainingSetByUs, !mustLeave
        {
            drain.waitingFor = [
                Wait(.containerInstance, name, "ACTIVE, until its tasks' protection is seen: \(reason)")
            ]
            return Step(drain)
        }
        let protected = drain.protectedTasks(in: snapshot)
        guard protected.isEmpty || drain.drainingSetByUs || mustLeave else {
            drain.waitingFor = protected.map { Wait(.task, $0.task.shortName, "protected until \($0.until.rfc3339)") }
            drain.block(on: protected.map { .protectedTask($0.task, until: $0.until, in: snapshot) }, at: now)
            return Step(drain)
        }
        let isFirst = !drain.drainingSetByUs
        drain.drainingSetByUs = true
        drain.advance(to: .draining)
        drain.waitingFor = [Wait(.containerInstance, name, "ACTIVE, being set to DRAINING")]
        drain.block(on: drain.refusedCall.map { [.awsRefused($0)] } ?? [], at: now)
        if isFirst {
            let spared = protected.map(\.task.shortName).joined(separator: ", ")
            drain.note(
                "Being set to DRAINING: \(drain.describeTasks())"
                    + (spared.isEmpty ? "" : "; not waiting for tasks protected from scale-in: \(spared)"), at: now)
        }
        let stops = mustLeave ? stopStandaloneTasks(of: &drain, in: snapshot, at: now, policy: policy) : []
        return Step(drain, active.map { .setDraining(drain.id, location.of($0)) } + stops)
    }

    /// ECS does not know the container instance any more, and nobody has seen what ran there: it was deregistered, or
    /// its machine ended, before its tasks were listed.
    private static func lose(_ drain: Drain, at now: Timestamp) -> Step {
        var drain = drain
        drain.location = nil
        drain.alsoRegistered = []
        drain.deregisteredSince = nil
        drain.waitingFor = [Wait(.containerInstance, drain.instance.rawValue, "deregistered; being looked for again")]
        drain.note("The container instance is not registered any more; looking for the instance again", at: now)
        return Step(drain)
    }

    /// It is out of service: is everything that ran there in service elsewhere?
    private static func follow(
        _ drain: Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> Step {
        var drain = drain
        drain.noteMachine(in: snapshot, at: now)
        let unmet = DrainConditions.unmet(by: drain, in: snapshot, at: now, policy: policy)
        if unmet.isEmpty {
            if drain.isConfirmed, drain.isConclusive(snapshot, policy: policy) {
                return decide(
                    drain, .continue, .drained, "Every condition holds: \(drain.describeTasks())", at: now)
            }
            // What is waited for is one more look, which lists the tasks once more.
            drain.taskListIsClosed = drain.deregisteredSince != nil && drain.taskListIsClosed
            drain.waitingFor = [
                Wait(.containerInstance, drain.instance.rawValue, "every condition holds; looking once more")
            ]
        } else {
            drain.waitingFor = unmet
        }
        let calls = stopStandaloneTasks(of: &drain, in: snapshot, at: now, policy: policy)
        // A call that was refused or lost, and is not asked for any more, has been done by whoever it was.
        if let refused = drain.refusedCall, !refused.isAboutTheAction,
            !calls.contains(where: { $0.operation == refused.operation })
        {
            drain.refusedCall = nil
        }
        drain.block(on: DrainBlockers.found(for: drain, in: snapshot, at: now, policy: policy), at: now)
        drain.advance(to: .draining)
        if drain.hasOnlyDaemonsLeft(policy: policy) || snapshot.machineHasEnded(drain.instance) {
            drain.advance(to: .replacing)
        }
        return Step(drain, calls)
    }

    /// The cluster could not be looked at: nothing is decided, and the reason is shown.
    public static func lookFailed(_ drain: Drain, _ reason: String, at now: Timestamp) -> Drain {
        guard drain.isUndecided else { return drain }
        var drain = drain
        drain.show(.awsUnreachable(reason), at: now)
        return drain
    }

    // MARK: Answers

    /// A call was answered.
    ///
    /// - Parameters:
    ///   - sentAt: when it was sent: from then on, at the latest, Auto Scaling counts a heartbeat.
    ///   - mayHaveBeenSentBefore: whether another completion of this action may have reached Auto Scaling, since its answer
    ///     was lost or is on its way; then "no active action" means that it did.
    public static func answered(
        _ drain: Drain, _ call: Call, _ answer: CallAnswer, sentAt: Timestamp, mayHaveBeenSentBefore: Bool,
        at now: Timestamp
    ) -> Drain {
        guard drain.phase != .finished else { return drain }
        var drain = drain
        switch (call, answer) {
        case (.setActive, .refused(let reason, isThrottling: false)):
            drain.finish(.cancelled, "Cancelled; the instance could not be set ACTIVE again: \(reason)", at: now)
        case (_, .refused(let reason, _)), (_, .unanswered(let reason)):
            let refused = Drain.RefusedCall(operation: call.operation, reason: reason)
            drain.refusedCall = refused
            drain.show(.awsRefused(refused), at: now)
            return drain
        case (.recordHeartbeat, .done):
            if !drain.isConfirmed { drain.note("Auto Scaling confirms that it waits", at: now) }
            drain.heartbeat.lastAt = sentAt
            drain.heartbeat.count += 1
        case (.recordHeartbeat, .withheld): drain.heartbeat.lastAt = sentAt
        case (.recordHeartbeat, .noActiveAction) where !mayHaveBeenSentBefore && drain.forgetsHeardToken(at: now),
            (.complete, .noActiveAction) where !mayHaveBeenSentBefore && drain.forgetsHeardToken(at: now):
            break  // and is asked again by its instance
        case (.recordHeartbeat, .noActiveAction) where drain.decision == nil && drain.outlivesItsAction:
            drain.action = nil
            drain.note("Auto Scaling does not wait (any more): the drain goes on and completes nothing", at: now)
        case (.recordHeartbeat, .noActiveAction):
            // Once a completion may be on its way, its own answer says what became of the action.
            if drain.decision == nil {
                drain.finish(.gone, "Auto Scaling knows no such lifecycle action any more", at: now)
            }
        case (.complete(_, _, let result), .done):
            drain.finish(drain.decision?.outcome ?? .forced, drain.completionNote(result), at: now)
        case (.complete(_, _, let result), .withheld):
            drain.finish(
                drain.decision?.outcome ?? .forced, "Dry run: would be completed with \(result.rawValue)", at: now)
        case (.complete, .noActiveAction) where mayHaveBeenSentBefore:
            drain.finish(
                drain.decision?.outcome ?? .gone,
                "Auto Scaling no longer waits: an earlier completion, whose answer was lost, reached it", at: now)
        case (.complete, .noActiveAction):
            drain.finish(.gone, "Auto Scaling knows no such lifecycle action any more", at: now)
        case (.setActive(_, let location), _):
            if !drain.forget(location.containerInstance) {
                drain.finish(.cancelled, "Cancelled; the instance is ACTIVE again", at: now)
            }
        case (.setDraining, _), (.deregister, _), (.stopTask, _):
            break  // what it changed, the next look will show
        }
        if drain.refusedCall?.operation == call.operation {
            drain.refusedCall = nil
            drain.blockedBy.removeAll { $0.code == .awsRefused }
        }
        return drain
    }

    /// A newer action of the same hook for the same instance came in: this one can no longer be active.
    public static func superseded(_ drain: Drain, at now: Timestamp) -> Drain {
        guard drain.phase != .finished else { return drain }
        var drain = drain
        drain.finish(.gone, "A newer lifecycle action for this instance has taken its place", at: now)
        return drain
    }

    /// It was decided before a restart, and names no token: nobody knows whether its completion reached Auto Scaling.
    public static func givenUp(_ drain: Drain, at now: Timestamp) -> Drain {
        guard drain.phase != .finished else { return drain }
        var drain = drain
        drain.finish(
            .gone, "Whether it was completed before the restart is not known; if it still waits, it is adopted again",
            at: now)
        return drain
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
        if calls.isEmpty { drain.finish(outcome, "Finished", at: now) }
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

    /// The calls that stop the standalone tasks whose time is over, if any.
    private static func stopStandaloneTasks(
        of drain: inout Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> [Call] {
        guard drain.mayAct, drain.stopsStandaloneTasks(at: now, policy: policy),
            !snapshot.machineHasEnded(drain.instance)
        else { return [] }
        let running = drain.runningStandaloneTasks.filter { snapshot.tasks[$0]?.desiredStatus == "RUNNING" }
        drain.noteStop(of: running, at: now)
        return running.map { .stopTask(drain.id, snapshot.cluster, $0) }
    }
}
