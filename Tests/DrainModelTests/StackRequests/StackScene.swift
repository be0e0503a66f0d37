import DrainModel

/// What CloudFormation says in a test, and when.
enum StackScene {
    static let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    static let topic = "arn:aws:sns:eu-west-1:123456789012:drain-hooks"
    static let stack = "arn:aws:cloudformation:eu-west-1:123456789012:stack/web/51af3dc0-da77-11e4-872e-1234567db123"

    static func message(
        _ type: StackRequestType, _ resourceType: String = "Custom::DrainHook",
        _ properties: [String: String] = ["AutoScalingGroupName": "web-asg"], id: String? = nil,
        logicalID: String = "Hook", serviceTimeout: Duration? = .seconds(300), sentAt: Timestamp = start
    ) -> StackMessage {
        StackMessage(
            requestType: type, resourceType: resourceType, stackID: stack, requestID: "request-\(type.rawValue)",
            logicalResourceID: logicalID, physicalResourceID: id, responseURL: "https://bucket/key?signature",
            properties: properties.mapValues { .text($0) }, serviceTimeout: serviceTimeout, topicARN: topic,
            sentAt: sentAt)
    }

    static func accepted(
        _ message: StackMessage, served: [ClusterName] = [], at now: Timestamp = start
    ) -> StackRequest {
        StackRequestMachine.accept(message, from: .sns, served: served, at: now)
    }

    /// The id under which a create of these properties makes its resource.
    static func madeID(
        _ resourceType: String = "Custom::DrainHook",
        _ properties: [String: String] = ["AutoScalingGroupName": "web-asg"], logicalID: String = "Hook"
    ) -> String {
        accepted(message(.create, resourceType, properties, logicalID: logicalID)).madeResourceID
    }

    /// A drain of one instance, as far as it is given.
    static func drain(_ instance: InstanceID, _ outcome: DrainOutcome? = nil) -> Drain {
        var drain = DrainMachine.acceptManual(instance, from: .customResource, at: start, policy: DrainPolicy())
        guard let outcome else { return drain }
        (drain.phase, drain.outcome, drain.finishedAt) = (.finished, outcome, start + .seconds(60))
        return drain
    }
}
