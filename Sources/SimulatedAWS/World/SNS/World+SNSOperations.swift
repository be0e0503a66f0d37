/// The operations of SNS, by AWS's names, and the outbox of its deliveries.
extension World {
    /// `CreateTopic`; idempotent; answers the ARN.
    @discardableResult
    public mutating func createTopic(named name: String, signatureVersion: Int = 1) -> String { fatalError() }

    /// By ARN; throws `NotFound`.
    public func topic(_ arn: String) throws(Failure) -> Topic { fatalError() }

    /// `SetTopicAttributes` with `SignatureVersion`.
    public mutating func setSignatureVersion(_ version: Int, ofTopic arn: String) throws(Failure) { fatalError() }

    /// `Subscribe` of an http(s) endpoint: pending, and its SubscriptionConfirmation is due at once. Subscribing the
    /// same endpoint again answers the same subscription (and, while pending, sends another confirmation).
    @discardableResult
    public mutating func subscribe(
        endpoint: String, toTopic arn: String, deliveryPolicy: DeliveryPolicy = DeliveryPolicy()
    ) throws(Failure) -> Subscription { fatalError() }

    /// `ConfirmSubscription`; answers the subscription's ARN.
    @discardableResult
    public mutating func confirmSubscription(topicARN: String, token: String) throws(Failure) -> String { fatalError() }

    /// `Unsubscribe`; idempotent.
    public mutating func unsubscribe(_ arn: String) { fatalError() }

    /// The subscriptions of a topic, pending ones included.
    public func subscriptions(ofTopic arn: String) -> [Subscription] { fatalError() }

    /// `Publish`: due at once for every confirmed subscription; answers the message id.
    @discardableResult
    public mutating func publish(subject: String?, message: String, toTopic arn: String) throws(Failure) -> String {
        fatalError()
    }

    /// The attempts to make now. Each is handed out once; unless it is reported within 15 s of world time, it counts
    /// as silence.
    public mutating func dueDeliveries() -> [Delivery] { fatalError() }

    /// Reports what became of an attempt; void when it is not under way any more.
    public mutating func deliveryAnswered(_ id: Delivery.ID, _ answer: DeliveryAnswer) { fatalError() }
}
