/// What a request asks for, once its properties are understood.
public enum StackTask: Hashable, Sendable, Codable {
    /// Sets a lifecycle hook, or sets it anew.
    case putHook(HookAddress, HookSettings)
    case deleteHook(HookAddress)
    /// Drains every instance there, and waits for that.
    case drain(DrainTarget, until: Timestamp, onTimeout: StackTimeoutPolicy)
    /// There is nothing to do but to answer.
    case nothing
    /// It cannot be done; the sentence says why.
    case refuse(String)
}

/// Which hook of which group.
public struct HookAddress: Hashable, Sendable, Codable {
    public let group: AutoScalingGroupName
    public let hook: LifecycleHookName

    public init(group: AutoScalingGroupName, hook: LifecycleHookName) {
        self.group = group
        self.hook = hook
    }
}

/// As what a lifecycle hook is set.
public struct HookSettings: Hashable, Sendable, Codable {
    public let transition: LifecycleTransition
    public let heartbeatTimeoutSeconds: Int
    public let defaultResult: LifecycleActionResult
    /// nil: it tells nobody but EventBridge.
    public let notificationTargetARN: String?
    /// With which Auto Scaling publishes to the target.
    public let roleARN: String?
    /// What it tells draind of the cluster to look in; an empty object where none is named, for an update keeps what it
    /// is not told.
    public let notificationMetadata: String

    public init(
        transition: LifecycleTransition, heartbeatTimeoutSeconds: Int, defaultResult: LifecycleActionResult,
        notificationTargetARN: String?, roleARN: String?, cluster: ClusterName?
    ) {
        self.transition = transition
        self.heartbeatTimeoutSeconds = heartbeatTimeoutSeconds
        self.defaultResult = defaultResult
        self.notificationTargetARN = notificationTargetARN
        self.roleARN = roleARN
        notificationMetadata = cluster.map { #"{"cluster": "\#($0)"}"# } ?? "{}"
    }
}

/// Whose instances are to be drained.
public enum DrainTarget: Hashable, Sendable, Codable, CustomStringConvertible {
    case autoScalingGroup(AutoScalingGroupName)
    case cluster(ClusterName)

    public var description: String {
        switch self {
        case .autoScalingGroup(let name): "group \(name)"
        case .cluster(let name): "cluster \(name)"
        }
    }
}

/// What CloudFormation is told when not all is drained in time.
public enum StackTimeoutPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// That it failed: the stack keeps what it was about to delete.
    case fail
    /// To go on, whatever still runs.
    case `continue`
}
