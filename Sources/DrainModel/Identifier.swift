/// A name or id that AWS or draind gave to one kind of thing.
///
/// The kind is part of the type, so that a task's ARN can never be handed over where a service's name is meant.
public struct Identifier<Kind>: Hashable, Comparable, Sendable, Codable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }

    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public var description: String { rawValue }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The kinds of things that identifiers name; never instantiated.
public enum IdentifierKind {
    public enum AutoScalingGroup {}
    public enum Cluster {}
    public enum ContainerInstance {}
    public enum Drain {}
    public enum Instance {}
    public enum LifecycleActionToken {}
    public enum LifecycleHook {}
    public enum Service {}
    public enum StackRequest {}
    public enum TargetGroup {}
    public enum Task {}
}

/// The name of an Auto Scaling group.
public typealias AutoScalingGroupName = Identifier<IdentifierKind.AutoScalingGroup>
/// The short name of an ECS cluster, never its ARN.
public typealias ClusterName = Identifier<IdentifierKind.Cluster>
/// The full ARN of an ECS container instance.
public typealias ContainerInstanceARN = Identifier<IdentifierKind.ContainerInstance>
/// draind's own id of a drain; see ``Drain/id``.
public typealias DrainID = Identifier<IdentifierKind.Drain>
/// An EC2 instance id, `i-` and hexadecimal digits.
public typealias InstanceID = Identifier<IdentifierKind.Instance>
/// The token of one lifecycle action, 36 characters.
public typealias LifecycleActionToken = Identifier<IdentifierKind.LifecycleActionToken>
/// The name of a lifecycle hook.
public typealias LifecycleHookName = Identifier<IdentifierKind.LifecycleHook>
/// The short name of an ECS service within its cluster.
public typealias ServiceName = Identifier<IdentifierKind.Service>
/// draind's own id of a request of CloudFormation; see ``StackRequest/id``.
public typealias StackRequestID = Identifier<IdentifierKind.StackRequest>
/// The full ARN of a target group.
public typealias TargetGroupARN = Identifier<IdentifierKind.TargetGroup>
/// The full ARN of an ECS task.
public typealias TaskARN = Identifier<IdentifierKind.Task>

extension Identifier {
    /// What follows the last `/` of an ARN; the whole of anything else.
    public var shortName: String {
        guard let slash = rawValue.lastIndex(of: "/") else { return rawValue }
        return String(rawValue[rawValue.index(after: slash)...])
    }
}
