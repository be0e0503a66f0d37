import DrainModel
import FoundationEssentials
import SNSIntake
import Testing

@Suite("What Auto Scaling says")
struct AutoScalingNotificationTests {
    private static let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    private static let fields: [String: String] = [
        "LifecycleHookName": "drain", "AccountId": "123456789012", "RequestId": "1", "Service": "AWS Auto Scaling",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "AutoScalingGroupName": "web",
        "Time": "2026-11-01T12:00:00.123Z", "EC2InstanceId": "i-0abc1234567890def", "NotificationMetadata": "m",
        "LifecycleActionToken": "71514b9d-6a40-4b26-8523-05e7ee35fa40", "Origin": "AutoScalingGroup",
        "Destination": "EC2",
    ]

    private func read(_ changes: [String: String?] = [:]) throws -> Event {
        var fields = Self.fields
        for (name, value) in changes { fields[name] = value }
        let text = String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
        return try AutoScalingNotification.event(in: text, sentAt: Self.start)
    }

    @Test("of an instance about to end is a lifecycle action, with everything that it says")
    func terminating() throws {
        let expected = LifecycleAction(
            autoScalingGroup: "web", lifecycleHook: "drain", instance: "i-0abc1234567890def",
            token: "71514b9d-6a40-4b26-8523-05e7ee35fa40", transition: .terminating,
            startedAt: try #require(Timestamp(rfc3339: "2026-11-01T12:00:00.123Z")), notificationMetadata: "m",
            origin: "AutoScalingGroup", destination: "EC2")
        #expect(try read() == .lifecycleAction(expected))
    }

    @Test("without a time began when it was sent")
    func noTime() throws {
        guard case .lifecycleAction(let action) = try read(["Time": nil]) else {
            return #expect(Bool(false), "no lifecycle action")
        }
        #expect(action.startedAt == Self.start)
    }

    @Test("of a launch is told from a termination")
    func launching() throws {
        guard
            case .lifecycleAction(let action) = try read(["LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"])
        else { return #expect(Bool(false), "no lifecycle action") }
        #expect(action.transition == .launching)
    }

    @Test("as a test, in either of its forms, is no action")
    func testNotification() throws {
        for text in [
            #"{"Event":"autoscaling:TEST_NOTIFICATION","AutoScalingGroupName":"web","RequestId":"1"}"#,
            #"{"LifecycleTransition":"autoscaling:TEST_NOTIFICATION","AutoScalingGroupName":"web"}"#,
        ] {
            #expect(try AutoScalingNotification.event(in: text, sentAt: Self.start) == .testNotification("web"))
        }
    }

    @Test(
        "is unusable when it is an action and lacks or mangles what names it",
        arguments: [
            ("EC2InstanceId", nil), ("EC2InstanceId", ""), ("EC2InstanceId", "i-"), ("EC2InstanceId", "i-XYZ12345"),
            ("EC2InstanceId", "0abc1234567890def"), ("EC2InstanceId", "i-0abc1234567890def0"),
            ("EC2InstanceId", "i-0abc123 --force"), ("AutoScalingGroupName", nil), ("AutoScalingGroupName", ""),
            ("AutoScalingGroupName", String(repeating: "x", count: 256)), ("LifecycleHookName", nil),
            ("LifecycleHookName", ""), ("LifecycleActionToken", nil), ("LifecycleActionToken", ""),
            ("LifecycleActionToken", String(repeating: "x", count: 37)),
            ("LifecycleTransition", "autoscaling:EC2_INSTANCE_PAUSING"),
        ] as [(String, String?)])
    func unusable(field: String, value: String?) {
        #expect(throws: AutoScalingNotification.Unusable.self) { try read([field: value]) }
    }

    @Test(
        "is a lifecycle action although a field that nothing hangs on is of another kind",
        arguments: ["Origin", "Destination", "NotificationMetadata", "Time", "time", "Event", "source", "detail"])
    func otherKinds(field: String) throws {
        var fields: [String: JSONValue] = Self.fields.mapValues { .text($0) }
        fields[field] = .object(["a": "b"])
        let text = String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
        guard case .lifecycleAction(let action) = try AutoScalingNotification.event(in: text, sentAt: Self.start) else {
            return #expect(Bool(false), "no lifecycle action")
        }
        #expect(action.instance == "i-0abc1234567890def")
    }

    private enum JSONValue: Encodable {
        case text(String)
        case object([String: String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .object(let object): try container.encode(object)
            }
        }
    }

    @Test(
        "is none of our business when it is no lifecycle notification",
        arguments: ["hello", "[]", "{}", "1", #"{"a":1}"#])
    func unrelated(text: String) throws {
        guard case .unrelated = try AutoScalingNotification.event(in: text, sentAt: Self.start) else {
            return #expect(Bool(false), "taken for something else")
        }
    }

    @Test(
        "in AWS's own samples is read as what it is",
        .enabled(if: Sample.exists, "the shared vectors are not here"), arguments: Sample.all)
    func samples(_ sample: Sample) throws {
        let event = try AutoScalingNotification.event(in: sample.text, sentAt: Self.start)
        switch event {
        case .lifecycleAction(let action):
            #expect(sample.name.contains("lifecycle-action") || sample.name == "asg-lifecycle-event.json")
            #expect(action.transition == .terminating && !sample.name.contains("launch"))
        case .spotInterruption(let instance, _):
            #expect(sample.name == "spot-itn-event.json" && instance == "i-0b662ef9931388ba0")
        case .rebalanceRecommendation(let instance, _):
            #expect(sample.name == "rebalance-recommendation-event.json" && instance == "i-0b662ef9931388ba0")
        case .hint(let hint):
            #expect(sample.name.hasPrefix("ecs-") || sample.name == "ec2-state-change-event.json")
            let isCounted = ["ecs-task-state", "ecs-container"].contains(where: sample.name.hasPrefix)
            #expect((hint.version != nil) == isCounted)
        case .unrelated:
            #expect(!sample.name.hasPrefix("ecs-") && sample.name != "ec2-state-change-event.json")
            #expect(!sample.name.contains("lifecycle") || sample.name.contains("launch"))
            #expect(sample.name != "spot-itn-event.json" && sample.name != "rebalance-recommendation-event.json")
        default: #expect(Bool(false), "\(event)")
        }
    }
}

/// An event of AWS's guides, kept beside the project.
struct Sample: CustomTestStringConvertible {
    let name: String
    let text: String

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "../shared/vectors/events").standardized

    static let all: [Sample] = ["asg-docs", "ecs-docs", "other"].flatMap { part -> [Sample] in
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: part).path)) ?? []
        return files.sorted().compactMap { name in
            guard let data = try? Data(contentsOf: folder.appending(path: "\(part)/\(name)")) else { return nil }
            return Sample(name: name, text: String(decoding: data, as: UTF8.self))
        }
    }

    static let exists = !all.isEmpty

    var testDescription: String { name }
}
