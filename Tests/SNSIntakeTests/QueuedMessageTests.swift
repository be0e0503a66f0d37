import DrainModel
import FoundationEssentials
import SNSIntake
import Testing

@Suite("A queue's message")
struct QueuedMessageTests {
    private static let sentAt = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:hooks"
    private static let notification = json([
        "LifecycleHookName": "drain", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "AutoScalingGroupName": "web", "EC2InstanceId": "i-0abc1234567890def",
        "LifecycleActionToken": "71514b9d-6a40-4b26-8523-05e7ee35fa40",
    ])

    private static func json(_ fields: [String: String]) -> String {
        let body = try? JSONEncoder().encode(fields)
        return String(decoding: body ?? Data(), as: UTF8.self)
    }

    private static func wrapped(_ message: String, _ more: [String: String] = [:]) -> String {
        json(["Type": "Notification", "TopicArn": topic, "Message": message].merging(more) { $1 })
    }

    private func read(_ body: String) throws(QueuedMessage.Unreadable) -> QueuedMessage {
        try QueuedMessage(body, sentAt: Self.sentAt)
    }

    private func action(in body: String) throws -> LifecycleAction? {
        if case .notification(.lifecycleAction(let action)) = try read(body).content { action } else { nil }
    }

    private func reason(_ body: String) -> String? {
        do throws(QueuedMessage.Unreadable) {
            _ = try read(body)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("is what Auto Scaling sent there, or what SNS delivered", arguments: [notification, wrapped(notification)])
    func lifecycleAction(body: String) throws {
        let action = try #require(try action(in: body))
        #expect(action.instance == "i-0abc1234567890def")
        #expect(action.startedAt == Self.sentAt)
    }

    @Test("says which topic it came through")
    func topic() throws {
        #expect(try read(Self.wrapped(Self.notification)).topicARN == Self.topic)
        #expect(try read(Self.notification).topicARN == nil)
    }

    @Test("that SNS delivered began, for want of a better time, when it was published")
    func publishedAt() throws {
        let body = Self.wrapped(Self.notification, ["Timestamp": "2026-11-01T12:00:00.000Z"])
        #expect(try action(in: body)?.startedAt == Timestamp(rfc3339: "2026-11-01T12:00:00.000Z"))
    }

    @Test("may be an EventBridge event")
    func eventBridge() throws {
        let body = """
            {"source": "aws.autoscaling", "detail-type": "EC2 Instance-terminate Lifecycle Action", "detail": \
            \(Self.notification)}
            """
        #expect(try action(in: body)?.autoScalingGroup == "web")
        #expect(try action(in: Self.wrapped(body))?.autoScalingGroup == "web")
    }

    @Test("may be none of our business", arguments: [#"{"Event":"autoscaling:EC2_INSTANCE_LAUNCH"}"#, "{}"])
    func unrelated(body: String) throws {
        for body in [body, Self.wrapped(body)] {
            guard case .notification(.unrelated) = try read(body).content else {
                Issue.record("taken for something else: \(body)")
                continue
            }
        }
    }

    @Test("may ask to confirm a subscription of the queue, or tell of its end")
    func confirmation() throws {
        let asked = try read(Self.json(["Type": "SubscriptionConfirmation", "TopicArn": Self.topic, "Token": "t"]))
        #expect(asked.content == .subscriptionConfirmation(token: "t"))
        let told = try read(Self.json(["Type": "UnsubscribeConfirmation", "TopicArn": Self.topic]))
        #expect(told.content == .unsubscribeConfirmation)
    }

    @Test("that is no JSON object is unreadable", arguments: ["", "hello", "[1]", "\"text\"", "{\"a\":"])
    func noObject(body: String) {
        #expect(reason(body) == "not a JSON object")
        #expect(reason(Self.wrapped(body)) == "what SNS delivered is not a JSON object")
    }

    @Test("that is a lifecycle action without what it takes is unreadable")
    func incomplete() {
        let body = Self.json([
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "EC2InstanceId": "i-0abc1234567890def",
        ])
        #expect(reason(body) == "a lifecycle action without a valid AutoScalingGroupName")
    }

    @Test("that speaks of a lifecycle action in an unknown form is unreadable, not none of our business")
    func unknownForm() {
        let body = #"{"hooks":[{"LifecycleActionToken":"71514b9d"}]}"#
        #expect(reason(body) == "it speaks of a lifecycle action in a form that is not known")
    }
}
