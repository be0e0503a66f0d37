import DrainModel
import SNSIntake
import Testing

@Suite("An EventBridge event")
struct EventBridgeEventTests {
    private static let sentAt = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    private static let instance = #"{"instance-id": "i-0b662ef9931388ba0", "instance-action": "terminate"}"#
    private static let action = """
        {"LifecycleActionToken": "0befcbdb-6ecd-498a-9ff7-ae9b54447cd6", "AutoScalingGroupName": "web",
         "LifecycleHookName": "drain", "EC2InstanceId": "i-0633ac2b0d9769723",
         "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"}
        """
    private static let interruption = "EC2 Spot Instance Interruption Warning"
    private static let recommendation = "EC2 Instance Rebalance Recommendation"

    private func read(
        _ type: String, from source: String = "aws.ec2", detail: String = Self.instance,
        time: String = #""2026-11-01T12:00:00Z""#
    ) throws -> Event {
        let text = """
            {"version": "0", "id": "1e5527d7-bb36-4607-3370-4164db56a40e", "detail-type": "\(type)",
             "source": "\(source)", "account": "123456789012", "time": \(time), "region": "eu-west-1",
             "resources": [], "detail": \(detail)}
            """
        return try AutoScalingNotification.event(in: text, sentAt: Self.sentAt)
    }

    private func isUnrelated(_ event: Event) -> Bool { if case .unrelated = event { true } else { false } }

    @Test("of a Spot interruption is one, with the time of the warning")
    func readsInterruption() throws {
        let warnedAt = try #require(Timestamp(rfc3339: "2026-11-01T12:00:00Z"))
        #expect(try read(Self.interruption) == .spotInterruption("i-0b662ef9931388ba0", at: warnedAt))
    }

    @Test("of a rebalance recommendation is one")
    func readsRecommendation() throws {
        let recommendedAt = try #require(Timestamp(rfc3339: "2026-11-01T12:00:00Z"))
        #expect(try read(Self.recommendation) == .rebalanceRecommendation("i-0b662ef9931388ba0", at: recommendedAt))
    }

    @Test("of a terminating instance is the lifecycle action that a notification would tell, since the event's time")
    func terminating() throws {
        let event = try read(
            "EC2 Instance-terminate Lifecycle Action", from: "aws.autoscaling", detail: Self.action)
        #expect(
            event
                == .lifecycleAction(
                    LifecycleAction(
                        autoScalingGroup: "web", lifecycleHook: "drain", instance: "i-0633ac2b0d9769723",
                        token: "0befcbdb-6ecd-498a-9ff7-ae9b54447cd6", transition: .terminating,
                        startedAt: try #require(Timestamp(rfc3339: "2026-11-01T12:00:00Z")))))
    }

    @Test(
        "is none of our business when it is of another kind, or of somebody who only calls it so",
        arguments: [
            ("EC2 Instance-launch Lifecycle Action", "aws.autoscaling"),
            ("EC2 Instance State-change Notification", "aws.ec2"),
            (Self.interruption, "my.app"), (Self.recommendation, "aws.autoscaling"),
            ("", ""),
        ])
    func unrelated(type: String, source: String) throws {
        #expect(isUnrelated(try read(type, from: source)))
    }

    @Test(
        "is refused when it names no instance",
        arguments: [Self.interruption, Self.recommendation],
        [
            "{}", #"{"instance-id": ""}"#, #"{"instance-id": "i-x; reboot"}"#,
            #"{"instance-id": ["i-0b662ef9931388ba0"]}"#,
        ])
    func noInstance(type: String, detail: String) {
        #expect(throws: AutoScalingNotification.Unusable.self) { try read(type, detail: detail) }
    }

    @Test(
        "is refused when it does not say when",
        arguments: [Self.interruption, Self.recommendation],
        ["null", "0", #""yesterday""#])
    func noTime(type: String, time: String) {
        #expect(throws: AutoScalingNotification.Unusable.self) { try read(type, time: time) }
    }

    @Test("of a terminating instance is refused when it lacks what names the action")
    func noAction() {
        #expect(throws: AutoScalingNotification.Unusable.self) {
            try read("EC2 Instance-terminate Lifecycle Action", from: "aws.autoscaling", detail: "{}")
        }
    }
}
