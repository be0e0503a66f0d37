/// The operations of SNS, by AWS's names.
extension World {
    /// `CreateTopic`; idempotent; answers the ARN.
    @discardableResult
    public mutating func createTopic(named name: String, signatureVersion: Int = 1) -> String {
        let arn = account.arn("sns", name)
        if !topics.contains(where: { $0.arn == arn }) {
            topics.append(Topic(name: name, arn: arn, signatureVersion: signatureVersion))
        }
        return arn
    }

    /// By ARN; throws `NotFound`.
    public func topic(_ arn: String) throws(Failure) -> Topic { topics[try topicIndex(arn)] }

    /// `SetTopicAttributes` with `SignatureVersion`.
    public mutating func setSignatureVersion(_ version: Int, ofTopic arn: String) throws(Failure) {
        let index = try topicIndex(arn)
        guard version == 1 || version == 2 else {
            throw Failure("InvalidParameter", "Invalid parameter: SignatureVersion")
        }
        topics[index].signatureVersion = version
    }

    /// `Subscribe` of an http(s) endpoint: pending, and its SubscriptionConfirmation is due at once. Subscribing the
    /// same endpoint again answers the same subscription (and, while pending, sends another confirmation).
    @discardableResult
    public mutating func subscribe(
        endpoint: String, toTopic arn: String, deliveryPolicy: DeliveryPolicy = DeliveryPolicy()
    ) throws(Failure) -> Subscription {
        _ = try topicIndex(arn)
        guard endpoint.hasPrefix("http://") || endpoint.hasPrefix("https://") else {
            throw Failure("InvalidParameter", "Invalid parameter: HTTP(S) Endpoint")
        }
        let known = subscriptions.firstIndex { $0.topicARN == arn && $0.endpoint == endpoint }
        let index = known ?? subscriptions.count
        if known == nil {
            subscriptions.append(
                Subscription(
                    topicARN: arn, arn: "\(arn):\(random.uuid())",
                    subscriptionProtocol: endpoint.hasPrefix("https:") ? "https" : "http", endpoint: endpoint,
                    token: random.hexadecimal(256), isConfirmed: false, deliveryPolicy: deliveryPolicy))
        }
        if !subscriptions[index].isConfirmed { sendConfirmation(for: subscriptions[index]) }
        return subscriptions[index]
    }

    /// `ConfirmSubscription`; answers the subscription's ARN. Idempotent.
    @discardableResult
    public mutating func confirmSubscription(topicARN: String, token: String) throws(Failure) -> String {
        _ = try topicIndex(topicARN)
        guard let index = subscriptions.firstIndex(where: { $0.topicARN == topicARN && $0.token == token }) else {
            throw Failure("InvalidParameter", "Invalid parameter: Token")
        }
        subscriptions[index].isConfirmed = true
        return subscriptions[index].arn
    }

    /// By ARN; throws `NotFound`.
    public func subscription(_ arn: String) throws(Failure) -> Subscription {
        subscriptions[try subscriptionIndex(arn)]
    }

    /// `SetSubscriptionAttributes`.
    public mutating func changeSubscription(
        _ arn: String, _ change: (inout Subscription) -> Void
    ) throws(Failure) {
        change(&subscriptions[try subscriptionIndex(arn)])
    }

    private func subscriptionIndex(_ arn: String) throws(Failure) -> Int {
        guard let index = subscriptions.firstIndex(where: { $0.arn == arn }) else {
            throw Failure("NotFound", "Subscription does not exist", status: 404)
        }
        return index
    }

    /// `Unsubscribe`; idempotent. What is on its way to it is given up.
    public mutating func unsubscribe(_ arn: String) { subscriptions.removeAll { $0.arn == arn } }

    /// The subscriptions of a topic, pending ones included.
    public func subscriptions(ofTopic arn: String) -> [Subscription] { subscriptions.filter { $0.topicARN == arn } }

    /// `Publish`: due at once for every confirmed subscription; answers the message id.
    @discardableResult
    public mutating func publish(subject: String?, message: String, toTopic arn: String) throws(Failure) -> String {
        _ = try topicIndex(arn)
        return post(subject: subject, message: message, to: arn)
    }

    private func topicIndex(_ arn: String) throws(Failure) -> Int {
        guard let index = topics.firstIndex(where: { $0.arn == arn }) else {
            throw Failure("NotFound", "Topic does not exist", status: 404)
        }
        return index
    }
}
