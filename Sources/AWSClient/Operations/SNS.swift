/// Amazon Simple Notification Service, API version 2010-03-31.
public struct SNS: Sendable {
    private let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    /// Confirms a subscription with the token that SNS sent to the endpoint, valid for two days.
    ///
    /// - Parameter authenticateOnUnsubscribe: Whether only the owner of topic or subscription may end it; otherwise
    ///   anyone who sees a message's UnsubscribeURL may.
    /// - Returns: The subscription's ARN.
    public func confirmSubscription(
        topicARN: String, token: String, authenticateOnUnsubscribe: Bool
    ) async throws(AWSError) -> String {
        var form = QueryForm()
        form.set("TopicArn", topicARN)
        form.set("Token", token)
        if authenticateOnUnsubscribe { form.set("AuthenticateOnUnsubscribe", "true") }
        return try await caller.query(.confirmSubscription, form) { (result) throws(UnreadableBody) in
            try result.requiredText("SubscriptionArn")
        }
    }
}
