import SimulatedWorld

/// The attributes of a subscription, as far as they are simulated: `RawMessageDelivery` and `DeliveryPolicy`.
///
/// Source: SNS API reference, SetSubscriptionAttributes; developer guide, "Creating an HTTP/S delivery policy".
struct SubscriptionAttributes {
    private var isRaw: Bool?
    private var deliveryPolicy: World.DeliveryPolicy?

    init(_ attributes: [String: String]) throws(World.Failure) {
        for (name, value) in attributes {
            switch name {
            case "RawMessageDelivery":
                guard ["true", "false"].contains(value) else {
                    throw Self.refusal("RawMessageDelivery must be true or false")
                }
                isRaw = value == "true"
            case "DeliveryPolicy": deliveryPolicy = try Self.policy(value)
            default: throw Self.refusal("\(name) is not simulated")
            }
        }
    }

    func apply(to subscription: inout World.Subscription) {
        subscription.isRaw = isRaw ?? subscription.isRaw
        subscription.deliveryPolicy = deliveryPolicy ?? subscription.deliveryPolicy
    }

    static func show(_ subscription: World.Subscription, owner: String) -> [(name: String, value: String)] {
        [
            ("SubscriptionArn", subscription.arn), ("TopicArn", subscription.topicARN), ("Owner", owner),
            ("Protocol", subscription.subscriptionProtocol), ("Endpoint", subscription.endpoint),
            ("PendingConfirmation", subscription.isConfirmed ? "false" : "true"),
            ("RawMessageDelivery", subscription.isRaw ? "true" : "false"),
            ("EffectiveDeliveryPolicy", String(decoding: show(subscription.deliveryPolicy).written, as: UTF8.self)),
        ]
    }

    /// Of the policy, what is said about retries.
    private static func policy(_ text: String) throws(World.Failure) -> World.DeliveryPolicy {
        if text.isEmpty { return World.DeliveryPolicy() }
        guard let retries = JSON(bytes: Array(text.utf8))?["healthyRetryPolicy"], case .object = retries else {
            throw refusal("DeliveryPolicy: healthyRetryPolicy is missing, or it is not JSON")
        }
        var policy = World.DeliveryPolicy()
        policy.numRetries = retries["numRetries"].int ?? policy.numRetries
        policy.numNoDelayRetries = retries["numNoDelayRetries"].int ?? 0
        policy.numMinDelayRetries = retries["numMinDelayRetries"].int ?? 0
        policy.numMaxDelayRetries = retries["numMaxDelayRetries"].int ?? 0
        if let seconds = retries["minDelayTarget"].int { policy.minDelayTarget = .seconds(seconds) }
        if let seconds = retries["maxDelayTarget"].int { policy.maxDelayTarget = .seconds(seconds) }
        if let name = retries["backoffFunction"].string {
            guard let function = World.DeliveryPolicy.BackoffFunction(rawValue: name) else {
                throw refusal("DeliveryPolicy: of the backoff functions, linear and exponential are simulated")
            }
            policy.backoffFunction = function
        }
        try check(policy)
        return policy
    }

    private static func check(_ policy: World.DeliveryPolicy) throws(World.Failure) {
        let phases = [policy.numNoDelayRetries, policy.numMinDelayRetries, policy.numMaxDelayRetries]
        guard (0...100).contains(policy.numRetries), phases.allSatisfy({ $0 >= 0 }) else {
            throw refusal("DeliveryPolicy: numRetries must be 0 to 100, and no number of retries negative")
        }
        guard phases.reduce(0, +) <= policy.numRetries else {
            throw refusal("DeliveryPolicy: numRetries must be at least the sum of the retries of each phase")
        }
        guard policy.minDelayTarget >= .seconds(1), policy.minDelayTarget <= policy.maxDelayTarget,
            policy.maxDelayTarget <= .seconds(3600)
        else { throw refusal("DeliveryPolicy: 1 <= minDelayTarget <= maxDelayTarget <= 3600 must hold") }
    }

    private static func show(_ policy: World.DeliveryPolicy) -> JSON {
        [
            "healthyRetryPolicy": [
                "numRetries": JSON(policy.numRetries), "numNoDelayRetries": JSON(policy.numNoDelayRetries),
                "numMinDelayRetries": JSON(policy.numMinDelayRetries),
                "numMaxDelayRetries": JSON(policy.numMaxDelayRetries),
                "minDelayTarget": JSON(Int(policy.minDelayTarget.components.seconds)),
                "maxDelayTarget": JSON(Int(policy.maxDelayTarget.components.seconds)),
                "backoffFunction": .text(policy.backoffFunction.rawValue),
            ]
        ]
    }

    private static func refusal(_ reason: String) -> World.Failure {
        World.Failure("InvalidParameter", "Invalid parameter: Attributes Reason: \(reason)")
    }
}
