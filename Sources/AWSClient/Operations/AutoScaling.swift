/// Amazon EC2 Auto Scaling, API version 2011-01-01.
public struct AutoScaling: Sendable {
    private let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    /// Describes groups with their instances: at most 50 that are named, or all of the account's, a page a call. A
    /// group that does not exist is missing from the answer, without an error.
    /// Source of the limit: Auto Scaling API reference, DescribeAutoScalingGroups.
    public func describeAutoScalingGroups(
        _ names: [String] = [], page: String? = nil
    ) async throws(AWSError) -> Page<Group> {
        var form = QueryForm()
        form.set("AutoScalingGroupNames", members: names.isEmpty ? nil : names)
        form.set("MaxRecords", "100")
        form.set("NextToken", page)
        return try await caller.query(.describeAutoScalingGroups, form) { (result) throws(UnreadableBody) in
            try Page(result, list: "AutoScalingGroups", item: Group.init)
        }
    }

    /// Describes the lifecycle hooks of a group: those named, or all (at most 50). One that does not exist is missing
    /// from the answer; a group that does not exist is refused with `ValidationError`.
    public func describeLifecycleHooks(
        group: String, names: [String]? = nil
    ) async throws(AWSError) -> [LifecycleHook] {
        if let names, names.isEmpty { return [] }
        var form = QueryForm()
        form.set("AutoScalingGroupName", group)
        form.set("LifecycleHookNames", members: names)
        return try await caller.query(.describeLifecycleHooks, form) { (result) throws(UnreadableBody) in
            try Page(result, list: "LifecycleHooks", item: LifecycleHook.init).items
        }
    }

    /// Creates a lifecycle hook of a group, or changes the one of that name. Auto Scaling publishes a test notification to
    /// its target, if it has one.
    public func putLifecycleHook(
        group: String, hook: String, _ settings: LifecycleHookSettings
    ) async throws(AWSError) {
        var form = QueryForm()
        form.set("LifecycleHookName", hook)
        form.set("AutoScalingGroupName", group)
        form.set("LifecycleTransition", settings.transition)
        form.set("HeartbeatTimeout", String(settings.heartbeatTimeout))
        form.set("DefaultResult", settings.defaultResult)
        form.set("NotificationTargetARN", settings.notificationTargetARN)
        form.set("RoleARN", settings.roleARN)
        form.set("NotificationMetadata", settings.notificationMetadata)
        try await caller.query(.putLifecycleHook, form) { _ in }
    }

    /// Deletes a lifecycle hook. Whatever waits for it goes on: ABANDON for launching instances, CONTINUE for terminating
    /// ones. A hook that is not there is no error at a group that is.
    ///
    /// - Throws: An error with ``AWSError/isNoLifecycleHook`` when there is nothing to delete.
    public func deleteLifecycleHook(group: String, hook: String) async throws(AWSError) {
        var form = QueryForm()
        form.set("LifecycleHookName", hook)
        form.set("AutoScalingGroupName", group)
        try await caller.query(.deleteLifecycleHook, form) { _ in }
    }

    /// Describes the instances of a group's warm pool, those on their way into it and out of it as well, a page a call.
    /// Source of the most a page can have, 50: Auto Scaling API reference, DescribeWarmPool.
    public func describeWarmPool(group: String, page: String? = nil) async throws(AWSError) -> Page<Instance> {
        var form = QueryForm()
        form.set("AutoScalingGroupName", group)
        form.set("MaxRecords", "50")
        form.set("NextToken", page)
        return try await caller.query(.describeWarmPool, form) { (result) throws(UnreadableBody) in
            try Page(result, list: "Instances") { (member) throws(UnreadableBody) in
                try Instance(member, group: group)
            }
        }
    }

    /// Starts the heartbeat timeout anew; the hook's global timeout stays.
    ///
    /// - Throws: An error with ``AWSError/isNoActiveLifecycleAction`` when the action is over.
    public func recordLifecycleActionHeartbeat(
        group: String, hook: String, token: String?, instanceID: String
    ) async throws(AWSError) {
        let form = actionForm(group: group, hook: hook, token: token, instanceID: instanceID)
        try await caller.query(.recordLifecycleActionHeartbeat, form) { _ in }
    }

    /// Completes the lifecycle action of an instance. A token makes sure that it is that very action; without one it
    /// is whichever is open.
    ///
    /// - Throws: An error with ``AWSError/isNoActiveLifecycleAction`` when the action is over already.
    public func completeLifecycleAction(
        group: String, hook: String, result: LifecycleActionResult, token: String?, instanceID: String
    ) async throws(AWSError) {
        var form = actionForm(group: group, hook: hook, token: token, instanceID: instanceID)
        form.set("LifecycleActionResult", result.rawValue)
        try await caller.query(.completeLifecycleAction, form) { _ in }
    }

    private func actionForm(group: String, hook: String, token: String?, instanceID: String) -> QueryForm {
        var form = QueryForm()
        form.set("LifecycleHookName", hook)
        form.set("AutoScalingGroupName", group)
        form.set("LifecycleActionToken", token)
        form.set("InstanceId", instanceID)
        return form
    }
}

extension AWSError {
    /// Whether Auto Scaling knows no such hook, or no such group.
    public var isNoLifecycleHook: Bool {
        guard case .refused("ValidationError", let message, 400, _) = reason else { return false }
        return ["No Lifecycle Hook found", "AutoScalingGroup name not found"].contains { message.contains($0) }
    }

    /// Whether Auto Scaling knows no such lifecycle action any more: it was completed, ran out of time, never was, or went
    /// with its hook or its group.
    ///
    /// `ValidationError` stands for much else as well, so that the text decides: "No active Lifecycle Action found with
    /// token …" or "… with instance ID …"; and of what was deleted, "No Lifecycle Hook found …" and "AutoScalingGroup name
    /// not found …".
    public var isNoActiveLifecycleAction: Bool {
        guard case .refused("ValidationError", let message, 400, _) = reason else { return false }
        return ["No active Lifecycle Action found", "No Lifecycle Hook found", "AutoScalingGroup name not found"]
            .contains { message.contains($0) }
    }
}
