import SimulatedWorld

/// SNS over the Query protocol, version 2010-03-31.
enum SNSWire {
    static let namespace = "http://sns.amazonaws.com/doc/2010-03-31/"

    static func perform(_ request: WireRequest, in world: inout World) throws(World.Failure) -> [XML] {
        let form = QueryForm(request.body)
        switch request.operation {
        case "CreateTopic":
            let version = try signatureVersion(in: form.entries("Attributes"))
            return [XML("TopicArn", world.createTopic(named: try form.required("Name"), signatureVersion: version))]
        case "Subscribe":
            let subscription = try subscribe(form, in: &world)
            let showsARN = subscription.isConfirmed || form["ReturnSubscriptionArn"] == "true"
            return [XML("SubscriptionArn", showsARN ? subscription.arn : "pending confirmation")]
        case "ConfirmSubscription":
            return [
                XML(
                    "SubscriptionArn",
                    try world.confirmSubscription(topicARN: form.required("TopicArn"), token: form.required("Token")))
            ]
        case "SetSubscriptionAttributes":
            let attributes = try SubscriptionAttributes([
                form.required("AttributeName"): form["AttributeValue"] ?? ""
            ])
            try world.changeSubscription(form.required("SubscriptionArn")) { attributes.apply(to: &$0) }
            return []
        case "GetSubscriptionAttributes":
            let subscription = try world.subscription(form.required("SubscriptionArn"))
            return [attributes(SubscriptionAttributes.show(subscription, owner: world.account.id))]
        case "Unsubscribe":
            world.unsubscribe(try form.required("SubscriptionArn"))
            return []
        case "ListSubscriptionsByTopic":
            let topic = try world.topic(form.required("TopicArn"))
            let page = try Page(
                of: world.subscriptions(ofTopic: topic.arn), size: nil, token: form["NextToken"], limit: 100,
                cap: request.pageCap, refusal: World.Failure("InvalidParameter", "Invalid parameter: NextToken"))
            return [
                .list("Subscriptions", of: page.elements.map { describe($0, owner: world.account.id) })
            ] + nextToken(page.nextToken)
        case "Publish":
            return [
                XML(
                    "MessageId",
                    try world.publish(
                        subject: form["Subject"], message: form.required("Message"), toTopic: form.required("TopicArn"))
                )
            ]
        case "GetTopicAttributes":
            let topic = try world.topic(form.required("TopicArn"))
            return [
                attributes([
                    ("TopicArn", topic.arn), ("Owner", world.account.id),
                    ("SignatureVersion", String(topic.signatureVersion)),
                ])
            ]
        case "SetTopicAttributes":
            guard try form.required("AttributeName") == "SignatureVersion",
                let version = try form.integer("AttributeValue")
            else {
                throw World.Failure(
                    "InvalidParameter", "Invalid parameter: AttributeName (only SignatureVersion is simulated)")
            }
            try world.setSignatureVersion(version, ofTopic: form.required("TopicArn"))
            return []
        default: throw .unknownOperation(request.operation)
        }
    }

    private static func subscribe(_ form: QueryForm, in world: inout World) throws(World.Failure) -> World.Subscription
    {
        let (scheme, endpoint) = (try form.required("Protocol"), try form.required("Endpoint"))
        guard ["http", "https"].contains(scheme) else {
            throw World.Failure("InvalidParameter", "Invalid parameter: Protocol (only http and https are simulated)")
        }
        guard endpoint.hasPrefix("\(scheme)://") else {
            throw World.Failure("InvalidParameter", "Invalid parameter: Endpoint must match the specified protocol")
        }
        let attributes = try SubscriptionAttributes(form.entries("Attributes"))
        let subscription = try world.subscribe(endpoint: endpoint, toTopic: form.required("TopicArn"))
        try world.changeSubscription(subscription.arn) { attributes.apply(to: &$0) }
        return subscription
    }

    private static func attributes(_ attributes: [(name: String, value: String)]) -> XML {
        XML("Attributes", attributes.map { XML("entry", [XML("key", $0.name), XML("value", $0.value)]) })
    }

    private static func signatureVersion(in attributes: [String: String]) throws(World.Failure) -> Int {
        switch attributes["SignatureVersion"] {
        case nil, "1": return 1
        case "2": return 2
        default: throw World.Failure("InvalidParameter", "Invalid parameter: Attributes Reason: SignatureVersion")
        }
    }

    private static func describe(_ subscription: World.Subscription, owner: String) -> [XML] {
        [
            XML("SubscriptionArn", subscription.isConfirmed ? subscription.arn : "PendingConfirmation"),
            XML("Owner", owner), XML("Protocol", subscription.subscriptionProtocol),
            XML("Endpoint", subscription.endpoint), XML("TopicArn", subscription.topicARN),
        ]
    }
}
