/// One pause that Auto Scaling makes for a lifecycle hook: what a hook's notification announces.
///
/// Source of the fields: the Auto Scaling user guide, "Prepare to add a lifecycle hook", and captured
/// notifications. Older notifications lack `Origin` and `Destination`.
public struct LifecycleAction: Hashable, Sendable, Codable {
    public let autoScalingGroup: AutoScalingGroupName
    public let lifecycleHook: LifecycleHookName
    public let instance: InstanceID
    /// nil when no notification told it: Auto Scaling then finds the action by its instance.
    public var token: LifecycleActionToken?
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
        token: LifecycleActionToken?, transition: LifecycleTransition, startedAt: Timestamp,
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

    /// Whether the instance is not terminated, but stopped or hibernated in the group's warm pool.
    public var entersWarmPool: Bool { destination == "WarmPool" }

    /// The cluster that whoever installed the hook named in its metadata: `{"cluster": "web"}`, `cluster=web` or
    /// `web`.
    public var clusterInMetadata: ClusterName? {
        guard let text = notificationMetadata else { return nil }
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "/" || $0 == ":") }
            // What stands between a key and its value.
            .filter { $0 != ":" }
        if words.count == 1 { return ClusterName(ClusterName(String(words[0])).shortName) }
        guard let key = words.firstIndex(of: "cluster"), key + 1 < words.count else { return nil }
        return ClusterName(ClusterName(String(words[key + 1])).shortName)
    }

    /// Whether both can be the same pause: of one hook, for one instance, and with no two tokens that differ.
    public func mayBe(_ other: Self) -> Bool {
        guard isOfSameHook(as: other) else { return false }
        return token == nil || other.token == nil || token == other.token
    }

    /// Whether both are of one hook and for one instance: then Auto Scaling waits for at most one of them.
    public func isOfSameHook(as other: Self) -> Bool {
        autoScalingGroup == other.autoScalingGroup && lifecycleHook == other.lifecycleHook && instance == other.instance
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
