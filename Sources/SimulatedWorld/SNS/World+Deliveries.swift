/// How SNS delivers over HTTP (Amazon SNS developer guide, "Message delivery retries" and "Prepare your endpoint"): an
/// attempt fails by silence or by a status outside 200 to 4xx; 4xx is never tried again.
extension World {
    /// SNS stops trying after this, whatever the policy says.
    private static let retryLimit = Duration.seconds(3600)

    /// The attempts to make now. Each is handed out once; unless it is reported within ``Timings/deliverySilence``
    /// (AWS: 15 s) of world time, it counts as silence.
    public mutating func dueDeliveries() -> [Delivery] {
        var due: [Delivery] = []
        while let (id, letter) = outbox.nextAttempt(dueAt: now) {
            guard let subscription = subscriptions.first(where: { $0.arn == letter.subscription }) else {
                outbox.remove(id)
                continue
            }
            schedule(.deliverySilent(id), after: timings.deliverySilence)
            let isConfirmation = letter.kind == .subscriptionConfirmation
            due.append(
                Delivery(
                    id: id, endpoint: subscription.endpoint, kind: letter.kind, messageID: letter.messageID,
                    topicARN: subscription.topicARN, subscriptionARN: isConfirmation ? nil : subscription.arn,
                    subject: letter.subject, message: letter.message, token: letter.token,
                    timestamp: letter.timestamp,
                    signatureVersion: (try? topic(subscription.topicARN))?.signatureVersion ?? 1,
                    isRaw: subscription.isRaw && letter.kind == .notification))
        }
        return due
    }

    /// Reports what became of an attempt; void when it is not under way any more.
    public mutating func deliveryAnswered(_ id: Delivery.ID, _ answer: DeliveryAnswer) {
        guard let letter = outbox.underWay(id) else { return }
        switch answer {
        case .status(200..<400) where !faults.strikes(faults.receiptLost):
            deliveryCounts.delivered += 1
            outbox.remove(id)
            if let action = letter.about { noteDelivery(about: action) }
        case .status(400..<500):
            deliveryCounts.refused += 1
            outbox.remove(id)
        case .status, .failure:
            deliveryCounts.failedAttempts += 1
            retryOrDrop(letter, id)
        }
    }

    private mutating func retryOrDrop(_ letter: Outbox.Letter, _ id: Delivery.ID) {
        let policy = subscriptions.first { $0.arn == letter.subscription }?.deliveryPolicy
        if let delay = policy?.delay(beforeRetry: id.attempt), now + delay - letter.timestamp <= Self.retryLimit {
            outbox.retry(id, at: now + delay)
        } else {
            deliveryCounts.dropped += 1
            outbox.remove(id)
        }
    }

    mutating func sendConfirmation(for subscription: Subscription) {
        let message =
            "You have chosen to subscribe to the topic \(subscription.topicARN).\n"
            + "To confirm the subscription, visit the SubscribeURL included in this message."
        outbox.add(
            Outbox.Letter(
                subscription: subscription.arn, kind: .subscriptionConfirmation, messageID: random.uuid(),
                subject: nil, message: message, token: subscription.token, timestamp: now, about: nil),
            dueAt: now)
    }

    /// To every confirmed subscription of the topic.
    @discardableResult
    mutating func post(
        subject: String?, message: String, to topicARN: String, about action: LifecycleAction.ID? = nil
    ) -> String {
        let messageID = random.uuid()
        for subscription in subscriptions where subscription.topicARN == topicARN && subscription.isConfirmed {
            let letter = Outbox.Letter(
                subscription: subscription.arn, kind: .notification, messageID: messageID, subject: subject,
                message: message, token: nil, timestamp: now, about: action)
            if faults.strikes(faults.messageLost) { continue }
            outbox.add(letter, dueAt: now + faults.messageDelay())
            if faults.strikes(faults.messageDuplicated) { outbox.add(letter, dueAt: now + faults.messageDelay()) }
        }
        return messageID
    }
}

extension World.DeliveryPolicy {
    /// How long SNS waits before that retry (from 1); nil when the policy has no more.
    ///
    /// Phases in order: no delay, minimum delay, backing off, maximum delay.
    func delay(beforeRetry retry: Int) -> Duration? {
        let retries = min(numRetries, 100)
        guard retry <= retries else { return nil }
        if retry <= numNoDelayRetries { return .zero }
        if retry <= numNoDelayRetries + numMinDelayRetries { return minDelayTarget }
        if retry > retries - numMaxDelayRetries { return maxDelayTarget }
        let step = retry - numNoDelayRetries - numMinDelayRetries
        let steps = retries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries
        switch backoffFunction {
        case .linear: return minDelayTarget + (maxDelayTarget - minDelayTarget) * (step - 1) / max(1, steps - 1)
        case .exponential: return min(maxDelayTarget, minDelayTarget * (1 << min(step - 1, 30)))
        }
    }
}
