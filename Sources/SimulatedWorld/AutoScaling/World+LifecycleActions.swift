/// Lifecycle actions, from the notification to their completion.
///
/// Rules: several hooks of one instance wait in parallel, and all are waited for; ABANDON ends the others. An action
/// lives for its heartbeat timeout from the last heartbeat, and never beyond the global timeout; then the hook's
/// default result holds. (Amazon EC2 Auto Scaling user guide, "Amazon EC2 Auto Scaling lifecycle hooks".)
extension World {
    /// `CompleteLifecycleAction`, by token or by instance id (the token wins when both are given).
    public mutating func completeLifecycleAction(
        group: String, hook: String, result: LifecycleActionResult, token: String? = nil, instanceID: String? = nil
    ) throws(Failure) {
        let id = try activeAction(group: group, hook: hook, token: token, instanceID: instanceID)
        end(id, result: result, cause: .call)
    }

    /// `RecordLifecycleActionHeartbeat`: the timer starts anew, never beyond the global timeout.
    public mutating func recordLifecycleActionHeartbeat(
        group: String, hook: String, token: String? = nil, instanceID: String? = nil
    ) throws(Failure) {
        let id = try activeAction(group: group, hook: hook, token: token, instanceID: instanceID)
        let action = lifecycleActions[id.number]
        lifecycleActions[id.number].heartbeats.append(now)
        lifecycleActions[id.number].deadline = min(now + action.heartbeatTimeout, action.globalDeadline)
    }

    private func activeAction(
        group: String, hook: String, token: String?, instanceID: String?
    ) throws(Failure) -> LifecycleAction.ID {
        _ = try groupIndex(group)
        guard token != nil || instanceID != nil else {
            throw .validation("Either LifecycleActionToken or InstanceId must be specified.")
        }
        let candidates = token.map { actionsByToken[$0].map { [$0] } ?? [] } ?? openActions(ofInstance: instanceID)
        let active = candidates.first { id in
            let action = lifecycleActions[id.number]
            return action.completion == nil && action.group == group && action.hook == hook
        }
        guard let active else {
            let sought = token.map { "token \($0)" } ?? "instance ID \(instanceID ?? "")"
            throw .validation("No active Lifecycle Action found with \(sought)")
        }
        return active
    }

    private func openActions(ofInstance instanceID: String?) -> [LifecycleAction.ID] {
        instanceID.flatMap { instance(withID: $0)?.openActions } ?? []
    }

    /// Starts an action for each of the group's hooks of that transition; false when there is none.
    mutating func beginActions(
        _ transition: LifecycleTransition, of instance: Instance.ID, from origin: LifecycleAction.Place,
        to destination: LifecycleAction.Place
    ) -> Bool {
        guard let group = groupsByName[self[instance].group] else { return false }
        let hooks = autoScalingGroups[group].hooks.filter { $0.transition == transition }
        for hook in hooks { beginAction(of: hook, for: self[instance], from: origin, to: destination) }
        if transition == .terminating, !hooks.isEmpty { beginEnding(of: instance) }
        return !hooks.isEmpty
    }

    private mutating func beginAction(
        of hook: LifecycleHook, for instance: Instance, from origin: LifecycleAction.Place,
        to destination: LifecycleAction.Place
    ) {
        let id = LifecycleAction.ID(lifecycleActions.count)
        let action = LifecycleAction(
            id: id, token: random.uuid(), group: hook.group, hook: hook.name, transition: hook.transition,
            origin: origin, destination: destination,
            instance: instance.id, instanceID: instance.instanceID, startedAt: now,
            deadline: now + hook.heartbeatTimeout, globalDeadline: now + hook.globalTimeout,
            heartbeatTimeout: hook.heartbeatTimeout, defaultResult: hook.defaultResult)
        lifecycleActions.append(action)
        actionsByToken[action.token] = id
        instanceTable[instance.id.number].openActions.append(id)
        schedule(.actionMayTimeOut(id), after: hook.heartbeatTimeout)
        if hook.name == Self.managedDrainingHook { schedule(.managedDrainingLooks(id), after: timings.schedulerDelay) }
        if let target = hook.notificationTargetARN { sendNotification(of: action, hook: hook, to: target) }
    }

    /// One such event is under way for each open action; heartbeats only move the deadline it looks at.
    mutating func timeOutIfDue(_ id: LifecycleAction.ID) {
        let action = lifecycleActions[id.number]
        guard action.completion == nil else { return }
        if action.deadline > now {
            schedule(.actionMayTimeOut(id), after: action.deadline - now)
        } else {
            end(id, result: action.defaultResult, cause: .timeout)
        }
    }

    mutating func end(_ id: LifecycleAction.ID, result: LifecycleActionResult, cause: LifecycleAction.Cause) {
        let action = lifecycleActions[id.number]
        if action.transition == .terminating, result == .continue, cause == .call { judgeCompletion(of: action) }
        complete(id, result: result, cause: cause)
        if result == .abandon { supersedeActions(of: action.instance) }
        guard self[action.instance].openActions.isEmpty else { return }
        proceed(action, result: result)
    }

    mutating func supersedeActions(of instance: Instance.ID) {
        for other in self[instance].openActions { complete(other, result: .abandon, cause: .superseded) }
    }

    private mutating func complete(
        _ id: LifecycleAction.ID, result: LifecycleActionResult, cause: LifecycleAction.Cause
    ) {
        lifecycleActions[id.number].completion = .init(at: now, result: result, cause: cause)
        instanceTable[lifecycleActions[id.number].instance.number].openActions.removeAll { $0 == id }
    }

    /// All hooks have answered: a terminating instance ends in any case, unless it is retained, a launching one only
    /// by ABANDON.
    private mutating func proceed(_ action: LifecycleAction, result: LifecycleActionResult) {
        let id = action.instance
        if action.transition == .terminating { finishEnding(of: id, result: result) }
        switch (action.transition, action.destination, result) {
        case (.launching, _, .continue): enterService(id)
        case (.launching, _, .abandon):
            instanceTable[id.number].lifecycleState = .terminating
            schedule(.instanceEnds(id), after: timings.proceed)
        case (.terminating, .warmPool, .continue): beginWarming(of: id)
        case (.terminating, _, .abandon) where retainsAbandoned(id):
            instanceTable[id.number].lifecycleState = .terminatingRetained
        case (.terminating, _, _):
            instanceTable[id.number].lifecycleState = .terminatingProceed
            schedule(.instanceEnds(id), after: timings.proceed)
        }
    }

    private func retainsAbandoned(_ id: Instance.ID) -> Bool {
        groupsByName[self[id].group].map { autoScalingGroups[$0].terminateHookAbandon == .retain } ?? false
    }
}
