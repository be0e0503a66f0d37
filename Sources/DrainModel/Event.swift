/// What a message from outside says, once it is known to be genuine; the same whichever door it came through.
public enum Event: Hashable, Sendable {
    case lifecycleAction(LifecycleAction)
    /// EC2 takes the Spot instance back two minutes after the time of the warning, whatever any hook says.
    case spotInterruption(InstanceID, at: Timestamp)
    /// The risk that EC2 takes the Spot instance back has risen; nothing is decided yet.
    case rebalanceRecommendation(InstanceID, at: Timestamp)
    /// It decides nothing, and nothing is recorded of it.
    case hint(ChangeHint)
    /// CloudFormation creates, updates or deletes a custom resource, and waits for an answer.
    case stackRequest(StackMessage)
    /// Auto Scaling sends one whenever a hook with a notification target is put; it asks for nothing.
    case testNotification(AutoScalingGroupName)
    /// Genuine, and none of our business. `summary` says what it was, in our own words, for the log.
    case unrelated(summary: String)
}
