// What operators say of drains.
extension DrainMachine {
    /// The first record of a drain that is asked for: by an operator, or for a stack that is about to be deleted.
    ///
    /// - Parameters:
    ///   - cluster: the only one to look in; nil for any that is served.
    ///   - deadline: nil: as the policy says.
    ///   - completesAction: whether the instance's pending lifecycle action, if Auto Scaling waits with one, is to be
    ///     completed as well.
    public static func acceptManual(
        _ instance: InstanceID, in cluster: ClusterName? = nil, completesAction: Bool = false,
        from origin: DrainOrigin = .manual, deadline: Timestamp? = nil, at now: Timestamp, policy: DrainPolicy
    ) -> Drain {
        var drain = Drain(
            instance: instance, origin: origin, acceptedAt: now, deadline: deadline ?? now + policy.drainTimeout,
            onTimeout: policy.onTimeout)
        drain.namedCluster = cluster
        drain.seeksAction = completesAction
        drain.waitingFor = [Wait(.containerInstance, instance.rawValue, "being looked for in the clusters")]
        let completes = completesAction ? "its pending lifecycle action" : "no lifecycle action"
        let asker = origin == .customResource ? "a stack, before it goes on deleting" : "an operator"
        drain.note("Asked for by \(asker); \(completes) will be completed", at: now)
        return drain
    }

    /// An operator wants the pending action completed by a drain that was to complete none.
    public static func seekAction(_ drain: Drain, at now: Timestamp) -> Drain {
        guard drain.isUndecided, drain.action == nil, !drain.seeksAction else { return drain }
        var drain = drain
        drain.seeksAction = true
        drain.note("An operator wants its pending lifecycle action completed as well", at: now)
        return drain
    }

    /// Auto Scaling was asked whether it waits for the instance of a drain that seeks its action.
    ///
    /// - Parameter pending: one for each hook that it may wait with. Of several none is chosen: to complete the wrong one
    ///   would let the instance end before whoever it belongs to is done.
    public static func actionsFound(_ drain: Drain, _ pending: [LifecycleAction], at now: Timestamp) -> Drain {
        guard drain.isSeekingAction else { return drain }
        var drain = drain
        drain.seeksAction = false
        drain.blockedBy.removeAll { $0.code == .hookUnread }
        if pending.isEmpty {
            drain.note(
                "Auto Scaling waits with no lifecycle action that no drain is open for: none is completed", at: now)
        } else if pending.count == 1 {
            drain.action = pending[0]
            drain.note("\(pending[0].lifecycleHook) of \(pending[0].autoScalingGroup) will be completed", at: now)
        } else {
            let names = pending.map(\.lifecycleHook.rawValue).joined(separator: ", ")
            drain.note(
                "Auto Scaling may wait with several hooks (\(names)), and which is meant cannot be known: none is "
                    + "completed; once this is drained: aws autoscaling complete-lifecycle-action", at: now)
        }
        return drain
    }

    /// Auto Scaling could not be asked whether it waits for the instance: nothing is done before that is known.
    public static func actionsUnread(_ drain: Drain, _ reason: String, at now: Timestamp) -> Drain {
        guard drain.isSeekingAction else { return drain }
        var drain = drain
        drain.show(.actionsUnread(reason), at: now)
        return drain
    }

    /// An operator calls it off: DRAINING is undone if we set it; the lifecycle action is left to its timeout.
    ///
    /// - Parameter keepsDraining: whether another drain still needs the instance out of service.
    public static func cancel(_ drain: Drain, keepsDraining: Bool = false, at now: Timestamp) -> Step {
        guard drain.isUndecided else { return Step(drain) }
        var drain = drain
        drain.drainingSetByUs = drain.drainingSetByUs && !keepsDraining
        return decide(drain, .continue, .cancelled, "Called off by an operator\(drain.whatCancelLeaves)", at: now)
    }

    /// Another drain of the same instance, which had set it DRAINING, was called off.
    public static func inherit(_ drain: Drain) -> Drain {
        var drain = drain
        drain.drainingSetByUs = true
        return drain
    }

    /// An operator completes it, whatever still runs.
    public static func force(_ drain: Drain, _ result: LifecycleActionResult, at now: Timestamp) -> Step {
        guard drain.isUndecided else { return Step(drain) }
        return decide(drain, result, .forced, "Completed by an operator: \(drain.describeTasks())", at: now)
    }
}
