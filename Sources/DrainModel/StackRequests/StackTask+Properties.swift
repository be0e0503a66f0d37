// What a resource's properties ask for.
extension StackTask {
    static let hookType = "Custom::DrainHook"
    static let drainType = "Custom::DrainOnDelete"

    /// What a create or an update asks for, and the resource that there is afterwards.
    ///
    /// - Parameters:
    ///   - served: the clusters that this draind serves; empty: all.
    ///   - patience: for how long CloudFormation waits, less the time that it takes to answer.
    static func toMake(
        _ message: StackMessage, served: [ClusterName], patience: Duration
    ) throws(StackProperties.Refusal) -> (task: Self, resource: StackResourceID) {
        switch message.resourceType {
        case hookType: return try hook(message, served: served)
        case drainType:
            return (.nothing, .drain(try drainTarget(message, served: served, patience: patience)))
        default:
            throw StackProperties.Refusal(
                "\(message.resourceType.prefix(60)) is nothing that draind makes: it makes \(hookType) and \(drainType)"
            )
        }
    }

    /// What a delete asks for. What was made is read from its physical id, not from the properties, which may be those of
    /// a create that was refused; they have a say only in how long it may take.
    static func toDelete(_ message: StackMessage, now: Timestamp, answerBy: Timestamp) -> Self {
        let resource = StackResourceID(
            message.physicalResourceID ?? "", stackID: message.stackID, logicalID: message.logicalResourceID)
        switch resource {
        case .hook(let address): return .deleteHook(address)
        case .drain(let target):
            let properties = StackProperties(message.properties)
            let timeout = try? properties.duration("Timeout", upTo: StackRequestMachine.longestWait)
            // Without it, as long as CloudFormation waits.
            let until = timeout.map { min(now + $0, answerBy) } ?? answerBy
            return .drain(target, until: until, onTimeout: (try? onTimeout(properties)) ?? .fail)
        case .some(.none), nil: return .nothing
        }
    }

    // MARK: Custom::DrainHook

    private static let hookProperties = [
        "AutoScalingGroupName", "Cluster", "DefaultResult", "HeartbeatTimeout", "LifecycleTransition",
        "NotificationTargetARN", "RoleARN",
    ]

    private static func hook(
        _ message: StackMessage, served: [ClusterName]
    ) throws(StackProperties.Refusal) -> (task: Self, resource: StackResourceID) {
        let properties = try StackProperties(message.properties, of: hookType, known: hookProperties)
        guard let group = try properties.group() else {
            throw StackProperties.Refusal("AutoScalingGroupName is missing: give the name of an Auto Scaling group")
        }
        let settings = try hookSettings(properties, served: served, topicARN: message.topicARN)
        let address = HookAddress(
            group: group,
            hook: StackResourceID.hookName(
                settings.transition, of: group, stackID: message.stackID, logicalID: message.logicalResourceID))
        return (.putHook(address, settings), .hook(address))
    }

    private static func hookSettings(
        _ properties: StackProperties, served: [ClusterName], topicARN: String
    ) throws(StackProperties.Refusal) -> HookSettings {
        let cluster = try properties.cluster(served: served)
        let timeout = try properties.value("HeartbeatTimeout", allowed: "a number of seconds from 30 to 7200") { text in
            Int(text).flatMap { (30...7200).contains($0) ? $0 : nil }
        }
        let result = try properties.value("DefaultResult", allowed: "CONTINUE or ABANDON") {
            LifecycleActionResult(rawValue: $0)
        }
        let transitions = [
            "autoscaling:EC2_INSTANCE_TERMINATING": LifecycleTransition.terminating,
            "autoscaling:EC2_INSTANCE_LAUNCHING": .launching,
        ]
        let transition = try properties.value(
            "LifecycleTransition", allowed: transitions.keys.sorted(by: >).joined(separator: " or ")
        ) { transitions[$0] }
        let role = try properties.value("RoleARN", allowed: "the ARN of an IAM role") { text in
            text.hasPrefix("arn:") && text.contains(":iam::") && text.utf8.count <= 255 ? text : nil
        }
        let target = try properties.value("NotificationTargetARN", allowed: "the ARN of an SNS topic or SQS queue") {
            text in
            let isTarget = [":sns:", ":sqs:"].contains { text.contains($0) }
            return text.hasPrefix("arn:") && isTarget && text.utf8.count <= 255 ? text : nil
        }
        if target != nil, role == nil {
            throw StackProperties.Refusal(
                "RoleARN is missing: Auto Scaling needs it to publish to NotificationTargetARN")
        }
        return HookSettings(
            transition: transition ?? .terminating, heartbeatTimeoutSeconds: timeout ?? 300,
            defaultResult: result ?? .continue,
            // By the topic of the request draind hears of hooks, too.
            notificationTargetARN: role == nil ? nil : target ?? topicARN, roleARN: role, cluster: cluster)
    }

    // MARK: Custom::DrainOnDelete

    private static let drainProperties = ["AutoScalingGroupName", "Cluster", "OnTimeout", "Timeout"]

    private static func drainTarget(
        _ message: StackMessage, served: [ClusterName], patience: Duration
    ) throws(StackProperties.Refusal) -> DrainTarget {
        let properties = try StackProperties(message.properties, of: drainType, known: drainProperties)
        // They have a say when it is deleted; then it would be too late to refuse them.
        _ = try properties.duration("Timeout", upTo: patience)
        _ = try onTimeout(properties)
        switch (try properties.group(), try properties.cluster(served: served)) {
        case (let group?, nil): return .autoScalingGroup(group)
        case (nil, let cluster?): return .cluster(cluster)
        case (nil, nil):
            throw StackProperties.Refusal("AutoScalingGroupName and Cluster are missing: give one of them")
        case (.some, .some):
            throw StackProperties.Refusal("AutoScalingGroupName and Cluster are both given: give one of them")
        }
    }

    private static func onTimeout(_ properties: StackProperties) throws(StackProperties.Refusal) -> StackTimeoutPolicy {
        try properties.value("OnTimeout", allowed: "fail or continue") { StackTimeoutPolicy(rawValue: $0) } ?? .fail
    }
}
