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

    /// The first record of an action that has just come in.
    public static func accept(
        _ action: LifecycleAction, from origin: DrainOrigin, at now: Timestamp, policy: DrainPolicy
    ) -> Drain {
        let limit = action.startedAt + .seconds(48 * 3600) - policy.limitMargin
        var drain = Drain(
            action: action, origin: origin, acceptedAt: now, deadline: min(now + policy.drainTimeout, limit),
            onTimeout: policy.onTimeout)
        drain.waitingFor = [Wait(.containerInstance, action.instance.rawValue, "being looked for in the clusters")]
        drain.note("Accepted from \(origin.rawValue): \(action.lifecycleHook) of \(action.autoScalingGroup)", at: now)
        return drain
    }

    /// The instance was found in a cluster.
    public static func located(_ drain: Drain, at location: Drain.Location, now: Timestamp) -> Drain {
        guard drain.location == nil, drain.decision == nil, drain.phase != .finished else { return drain }
        var drain = drain
        drain.location = location
        drain.absentSince = nil
        drain.note("Found in cluster \(location.cluster)", at: now)
        return drain
    }

    /// The instance is in none of the served clusters. Only when that still holds after the registration delay is it
    /// not ours: then its action is completed, since nothing of ours runs there.
    public static func absent(_ drain: Drain, at now: Timestamp, policy: DrainPolicy) -> Step {
        guard drain.location == nil, drain.decision == nil, drain.phase != .finished else { return Step(drain) }
        var drain = drain
        guard let since = drain.absentSince else {
            drain.absentSince = now
            drain.waitingFor = [
                Wait(.containerInstance, drain.instance.rawValue, "in no served cluster; looking again")
            ]
            drain.note("In no served cluster; looking again, since it may still be registering", at: now)
            return Step(drain)
        }
        guard now - since >= policy.registrationDelay else { return Step(drain) }
        return decide(drain, .continue, .notOurs, "In no served cluster for \(policy.registrationDelay.brief)", at: now)
    }

    /// Auto Scaling's limits of the hook are known: heartbeats follow them, and the deadline stays inside them.
    public static func hookRead(
        _ drain: Drain, _ timing: LifecycleHookTiming, at now: Timestamp, policy: DrainPolicy
    ) -> Drain {
        guard drain.heartbeat.timeoutSeconds != timing.heartbeatTimeoutSeconds else { return drain }
        var drain = drain
        drain.heartbeat.timeoutSeconds = timing.heartbeatTimeoutSeconds
        let limit = drain.action.startedAt + timing.globalTimeout - policy.limitMargin
        if limit < drain.deadline {
            drain.deadline = limit
            drain.note(
                "Deadline moved to \(limit.rfc3339): with a heartbeat timeout of \(timing.heartbeatTimeoutSeconds) s "
                    + "Auto Scaling waits no longer than \(timing.globalTimeout.brief)", at: now)
        }
        return drain
    }

    /// Time has passed: the deadline and the heartbeat, which need no look.
    public static func passTime(_ drain: Drain, at now: Timestamp, policy: DrainPolicy) -> Step {
        if drain.phase == .finished { return Step(drain) }
        if let decision = drain.decision {
            return Step(drain, [.complete(drain.id, drain.action, decision.result)])
        }
        if now >= drain.deadline {
            return decide(
                drain, drain.onTimeout, .timedOut,
                "The deadline has passed; by policy the action is completed with \(drain.onTimeout.rawValue)", at: now)
        }
        return Step(drain, now >= drain.heartbeatDue ? [.recordHeartbeat(drain.id, drain.action)] : [])
    }

    /// A look at the cluster arrived: the one place where a drain can become drained.
    public static func judge(
        _ drain: Drain, by snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> Step {
        guard drain.decision == nil, drain.phase != .finished, let location = drain.location,
            location.cluster == snapshot.cluster
        else { return Step(drain) }
        var drain = drain
        drain.absorb(snapshot, at: location, now: now, policy: policy)
        let host = snapshot.containerInstances[location.containerInstance]

        if host?.status == .active {
            let isFirst = !drain.drainingSetByUs
            drain.drainingSetByUs = true
            drain.advance(to: .draining)
            drain.waitingFor = [Wait(.containerInstance, drain.instance.rawValue, "ACTIVE, being set to DRAINING")]
            drain.block(on: drain.refusedCall.map { [.awsRefused($0)] } ?? [], at: now)
            if isFirst { drain.note("Setting DRAINING: \(drain.describeTasks())", at: now) }
            return Step(drain, [.setDraining(drain.id, location)])
        }

        let unmet = DrainConditions.unmet(by: drain, in: snapshot, at: now, policy: policy)
        // A host that is deregistered can be given no task and listed no more; any other must have been listed.
        let isListed = snapshot.listedContainerInstances.contains(location.containerInstance)
        if unmet.isEmpty, isListed || host == nil || host?.status == .inactive {
            return decide(drain, .continue, .drained, "Every condition holds: \(drain.describeTasks())", at: now)
        }
        drain.waitingFor = unmet
        drain.block(on: DrainBlockers.found(for: drain, in: snapshot, policy: policy), at: now)
        drain.advance(to: .draining)
        if drain.hasOnlyDaemonsLeft(policy: policy) { drain.advance(to: .replacing) }
        return Step(drain, standaloneTasksToStop(of: drain, in: snapshot, at: now, policy: policy))
    }

    /// The cluster could not be looked at: nothing is decided, and the reason is shown.
    public static func lookFailed(_ drain: Drain, _ reason: String, at now: Timestamp) -> Drain {
        guard drain.decision == nil, drain.phase != .finished else { return drain }
        var drain = drain
        drain.block(on: [.awsUnreachable(reason)], at: now)
        return drain
    }

    /// A call was answered.
    ///
    /// - Parameter mayHaveBeenSentBefore: whether an earlier completion of this action may have reached Auto Scaling
    ///   although its answer was lost; then "no active action" means that it did.
    public static func answered(
        _ drain: Drain, _ call: Call, _ answer: CallAnswer, mayHaveBeenSentBefore: Bool, at now: Timestamp
    ) -> Drain {
        guard drain.phase != .finished else { return drain }
        var drain = drain
        switch (call, answer) {
        case (_, .failed(let reason)):
            let refused = Drain.RefusedCall(operation: call.operation, reason: reason)
            drain.refusedCall = refused
            drain.block(on: drain.blockedBy.filter { $0.code != .awsRefused } + [.awsRefused(refused)], at: now)
            return drain
        case (.recordHeartbeat, .done):
            drain.heartbeat.lastAt = now
            drain.heartbeat.count += 1
        case (.complete(_, _, let result), .done):
            drain.finish(drain.decision?.outcome ?? .forced, "Completed with \(result.rawValue)", at: now)
        case (.complete, .noActiveAction) where mayHaveBeenSentBefore:
            drain.finish(
                drain.decision?.outcome ?? .gone,
                "Auto Scaling no longer waits: an earlier completion, whose answer was lost, reached it", at: now)
        case (.complete, .noActiveAction), (.recordHeartbeat, .noActiveAction):
            drain.finish(.gone, "Auto Scaling knows no such lifecycle action any more", at: now)
        case (.setDraining, _), (.stopTask, _):
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

    // MARK: Parts

    private static func decide(
        _ drain: Drain, _ result: LifecycleActionResult, _ outcome: DrainOutcome, _ reason: String, at now: Timestamp
    ) -> Step {
        var drain = drain
        drain.decision = Drain.Decision(result: result, outcome: outcome, at: now)
        drain.advance(to: .completing)
        drain.waitingFor = []
        drain.blockedBy = []
        drain.note(reason, at: now)
        return Step(drain, [.complete(drain.id, drain.action, result)])
    }

    private static func standaloneTasksToStop(
        of drain: Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> [Call] {
        switch policy.standaloneTasks {
        case .wait, .ignore: return []
        case .stopAfter(let delay) where now - drain.acceptedAt < delay: return []
        case .stop, .stopAfter: break
        }
        return drain.runningStandaloneTasks.compactMap { task in
            guard snapshot.tasks[task]?.desiredStatus == "RUNNING" else { return nil }
            return .stopTask(drain.id, snapshot.cluster, task)
        }
    }
}
