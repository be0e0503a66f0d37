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
            guard ["http", "https"].contains(try form.required("Protocol")) else {
                throw World.Failure(
                    "InvalidParameter", "Invalid parameter: Protocol (only http and https are simulated)")
            }
            let subscription = try world.subscribe(
                endpoint: form.required("Endpoint"), toTopic: form.required("TopicArn"))
            let showsARN = subscription.isConfirmed || form["ReturnSubscriptionArn"] == "true"
            return [XML("SubscriptionArn", showsARN ? subscription.arn : "pending confirmation")]
        case "ConfirmSubscription":
            return [
                XML(
                    "SubscriptionArn",
                    try world.confirmSubscription(topicARN: form.required("TopicArn"), token: form.required("Token")))
            ]
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
            let attributes = [
                ("TopicArn", topic.arn), ("Owner", world.account.id),
                ("SignatureVersion", String(topic.signatureVersion)),
            ]
            return [XML("Attributes", attributes.map { XML("entry", [XML("key", $0.0), XML("value", $0.1)]) })]
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

/// STS over the Query protocol, version 2011-06-15.
enum STSWire {
    static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    static func perform(_ request: WireRequest, in world: World) throws(World.Failure) -> [XML] {
        guard request.operation == "GetCallerIdentity" else { throw .unknownOperation(request.operation) }
        return [
            XML("Arn", "arn:aws:sts::\(world.account.id):assumed-role/simulated/session"),
            XML("UserId", "AROASIMULATED:session"), XML("Account", world.account.id),
        ]
    }
}
