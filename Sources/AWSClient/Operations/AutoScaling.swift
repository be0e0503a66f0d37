/// Amazon EC2 Auto Scaling, API version 2011-01-01.
public struct AutoScaling: Sendable {
    private let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    /// Describes groups with their instances: those named, or all of the account's. A group that does not exist is
    /// missing from the answer, without an error.
    public func describeAutoScalingGroups(_ names: [String]? = nil) async throws(AWSError) -> [Group] {
        // "By default, you can only specify up to 50 names": API reference, DescribeAutoScalingGroups.
        let batches: [[String]?] = names.map { $0.batches(of: 50) } ?? [nil]
        var groups: [Group] = []
        for batch in batches {
            groups += try await groupPages(batch)
        }
        return groups
    }

    private func groupPages(_ names: [String]?) async throws(AWSError) -> [Group] {
        try await AWSOperation.describeAutoScalingGroups.everyPage { (token) async throws(AWSError) in
            var form = QueryForm()
            form.set("AutoScalingGroupNames", members: names)
            form.set("NextToken", token)
            return try await caller.query(.describeAutoScalingGroups, form) { (result) throws(UnreadableBody) in
                try Page(result, list: "AutoScalingGroups", item: Group.init)
            }
        }
    }

    /// Describes instances, 50 a call. An instance that is in no group (any more) is missing from the answer, without
    /// an error.
    public func describeAutoScalingInstances(_ ids: [String]) async throws(AWSError) -> [Instance] {
        var instances: [Instance] = []
        for batch in ids.batches(of: 50) {
            instances += try await AWSOperation.describeAutoScalingInstances.everyPage {
                (token) async throws(AWSError) in
                var form = QueryForm()
                form.set("InstanceIds", members: batch)
                form.set("NextToken", token)
                return try await caller.query(.describeAutoScalingInstances, form) { (result) throws(UnreadableBody) in
                    try Page(result, list: "AutoScalingInstances") { (member) throws(UnreadableBody) in
                        try Instance(member, group: member.requiredText("AutoScalingGroupName"))
                    }
                }
            }
        }
        return instances
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
    /// Whether Auto Scaling knows no such lifecycle action any more: it was completed, ran out of time, or never was.
    ///
    /// `ValidationError` also stands for a wrong name of a group or hook, so that the text decides: "No active
    /// Lifecycle Action found with token …" or "… with instance ID …".
    public var isNoActiveLifecycleAction: Bool {
        guard case .refused("ValidationError", let message, 400, _) = reason else { return false }
        return message.contains("No active Lifecycle Action found")
    }
}
