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
        time: String = #""2026-11-01T12:00:00Z""#, resource: String? = nil
    ) throws -> Event {
        let text = """
            {"version": "0", "id": "1e5527d7-bb36-4607-3370-4164db56a40e", "detail-type": "\(type)",
             "source": "\(source)", "account": "123456789012", "time": \(time), "region": "eu-west-1",
             "resources": [\(resource.map { "\"\($0)\"" } ?? "")], "detail": \(detail)}
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
            ("EC2 Instance State-change Notification", "my.app"), ("ECS Task State Change", "aws.ec2"),
            (Self.interruption, "my.app"), (Self.recommendation, "aws.autoscaling"),
            ("", ""),
        ])
    func unrelated(type: String, source: String) throws {
        #expect(isUnrelated(try read(type, from: source)))
    }

    // MARK: Hints

    private static let cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/web"
    private static let task = "arn:aws:ecs:eu-west-1:123456789012:task/web/c13b4cb40f1f4fe4a2971f76ae5a47ad"

    @Test(
        "of ECS hints at the cluster, and says which version of what it is about",
        arguments: ["ECS Task State Change", "ECS Container Instance State Change", "ECS Service Action"])
    func hintsAtCluster(type: String) throws {
        let detail = #"{"clusterArn": "\#(Self.cluster)", "lastStatus": "STOPPED", "version": 4}"#
        #expect(
            try read(type, from: "aws.ecs", detail: detail, resource: Self.task)
                == .hint(ChangeHint(cluster: "web", version: .init(resource: Self.task, number: 4))))
    }

    @Test("of a container instance hints at its EC2 instance as well")
    func hintsAtHost() throws {
        let detail = #"{"clusterArn": "\#(Self.cluster)", "ec2InstanceId": "i-0b662ef9931388ba0"}"#
        #expect(
            try read("ECS Container Instance State Change", from: "aws.ecs", detail: detail)
                == .hint(ChangeHint(cluster: "web", instance: "i-0b662ef9931388ba0")))
    }

    @Test("of a deployment, which does not name its cluster, hints at that of its service")
    func hintsAtCluserOfService() throws {
        let service = "arn:aws:ecs:eu-west-1:123456789012:service/web/shop"
        let detail = #"{"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}"#
        #expect(
            try read("ECS Deployment State Change", from: "aws.ecs", detail: detail, resource: service)
                == .hint(ChangeHint(cluster: "web")))
    }

    @Test("of an instance's state hints at the instance")
    func hintsAtInstance() throws {
        #expect(
            try read("EC2 Instance State-change Notification")
                == .hint(ChangeHint(instance: "i-0b662ef9931388ba0")))
    }

    @Test(
        "hints at a cluster although its version is none",
        arguments: ["null", "-", #""4""#, "4.5", "[4]"].map { $0 == "-" ? "" : #", "version": \#($0)"# })
    func withoutVersion(version: String) throws {
        let detail = #"{"clusterArn": "\#(Self.cluster)"\#(version)}"#
        #expect(
            try read("ECS Task State Change", from: "aws.ecs", detail: detail, resource: Self.task)
                == .hint(ChangeHint(cluster: "web")))
    }

    @Test(
        "of a change is none of our business when it does not say where, and no reason to send it again",
        arguments: [
            "{}", #"{"clusterArn": 1}"#, #"{"clusterArn": "web"}"#, #"{"clusterArn": "cluster/"}"#,
            #"{"instance-id": "i-x"}"#,
        ])
    func hintsNowhere(detail: String) throws {
        for resource in [nil, "arn:aws:ecs:eu-west-1:123456789012:service/shop"] {
            #expect(
                isUnrelated(try read("ECS Service Action", from: "aws.ecs", detail: detail, resource: resource)))
        }
    }

    // MARK: What is refused

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
