/// One pause that Auto Scaling makes for a lifecycle hook: what a hook's notification announces.
///
/// Source of the fields: the Auto Scaling user guide, "Prepare to add a lifecycle hook", and captured
/// notifications. Older notifications lack `Origin` and `Destination`.
public struct LifecycleAction: Hashable, Sendable, Codable {
    public let autoScalingGroup: AutoScalingGroupName
    public let lifecycleHook: LifecycleHookName
    public let instance: InstanceID
    public let token: LifecycleActionToken
    public let transition: LifecycleTransition
    /// When Auto Scaling began to wait: the clock of its heartbeat and of its global timeout.
    public let startedAt: Timestamp
    /// Free text that whoever installed the hook attached to it, up to 4,000 characters.
    public let notificationMetadata: String?
    /// `EC2`, `AutoScalingGroup` or `WarmPool`.
    public let origin: String?
    /// `EC2`, `AutoScalingGroup` or `WarmPool`.
    public let destination: String?

    public init(
        autoScalingGroup: AutoScalingGroupName, lifecycleHook: LifecycleHookName, instance: InstanceID,
        token: LifecycleActionToken, transition: LifecycleTransition, startedAt: Timestamp,
        notificationMetadata: String? = nil, origin: String? = nil, destination: String? = nil
    ) {
        self.autoScalingGroup = autoScalingGroup
        self.lifecycleHook = lifecycleHook
        self.instance = instance
        self.token = token
        self.transition = transition
        self.startedAt = startedAt
        self.notificationMetadata = notificationMetadata
        self.origin = origin
        self.destination = destination
    }
}

public enum LifecycleTransition: String, Hashable, Sendable, Codable {
    case launching, terminating
}

/// What to tell Auto Scaling when an action is completed.
///
/// For a terminating instance both end its life, unless the group retains abandoned instances
/// (`TerminateHookAbandon: retain`); ABANDON also cuts the group's other hooks short.
public enum LifecycleActionResult: String, Hashable, Sendable, Codable {
    case `continue` = "CONTINUE"
    case abandon = "ABANDON"
}
