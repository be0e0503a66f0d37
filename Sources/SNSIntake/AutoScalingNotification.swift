public import DrainModel
import FoundationEssentials

/// Reads what AWS says of instances that are to end, whichever door it came through: Auto Scaling's own JSON, or an
/// ``EventBridgeEvent``.
///
/// Source of the fields: the Auto Scaling user guide, "Prepare to add a lifecycle hook". The order and number of keys vary by year; unknown ones are ignored.
public enum AutoScalingNotification {
    /// It claims to be a lifecycle action, or a warning about a Spot instance, and cannot be one.
    public struct Unusable: Error, Hashable, Sendable {
        public let reason: String
    }

    /// - Parameter sentAt: stands in where the notification does not say when the action began.
    /// - Throws: ``Unusable``; whatever is nothing of the kind is an ``Event/unrelated(summary:)``.
    public static func event(in text: String, sentAt: Timestamp) throws(Unusable) -> Event {
        if let event = try EventBridgeEvent.event(in: text, sentAt: sentAt) { return event }
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(text.utf8)) else {
            return .unrelated(summary: "a message that is not a JSON object")
        }
        let action = fields.action
        let test = "autoscaling:TEST_NOTIFICATION"
        if fields.event == test || action.transition == test {
            return .testNotification(AutoScalingGroupName(action.group ?? ""))
        }
        guard action.transition != nil || action.token != nil else {
            return .unrelated(summary: fields.event.map { "a notification \($0.prefix(80))" } ?? "another message")
        }
        return try Self.action(action, startedAt: fields.time, sentAt: sentAt)
    }

    /// Whether a text holds the words by which lifecycle actions are known that somebody is to answer here, whatever it was
    /// read as; those of launching instances are not.
    static func mentionsAction(_ text: String) -> Bool {
        text.contains("LifecycleActionToken") && !text.contains("autoscaling:EC2_INSTANCE_LAUNCHING")
    }

    static func action(
        _ fields: ActionFields, startedAt: String?, sentAt: Timestamp
    ) throws(Unusable) -> Event {
        let transition: LifecycleTransition
        switch fields.transition {
        case "autoscaling:EC2_INSTANCE_TERMINATING": transition = .terminating
        case "autoscaling:EC2_INSTANCE_LAUNCHING": transition = .launching
        default: throw Unusable(reason: "a lifecycle action of an unknown LifecycleTransition")
        }
        guard let instance = fields.instance, isInstanceID(instance) else {
            throw Unusable(reason: "a lifecycle action without a valid EC2InstanceId")
        }
        return .lifecycleAction(
            LifecycleAction(
                autoScalingGroup: AutoScalingGroupName(try text(fields.group, "AutoScalingGroupName", upTo: 255)),
                lifecycleHook: LifecycleHookName(try text(fields.hook, "LifecycleHookName", upTo: 255)),
                instance: InstanceID(instance),
                token: LifecycleActionToken(try text(fields.token, "LifecycleActionToken", upTo: 36)),
                transition: transition, startedAt: startedAt.flatMap { Timestamp(rfc3339: $0) } ?? sentAt,
                notificationMetadata: fields.metadata, origin: fields.origin, destination: fields.destination))
    }

    private static func text(_ value: String?, _ name: String, upTo limit: Int) throws(Unusable) -> String {
        guard let value, (1...limit).contains(value.utf16.count) else {
            throw Unusable(reason: "a lifecycle action without a valid \(name)")
        }
        return value
    }

    /// `i-` and 8 or 17 hexadecimal digits.
    static func isInstanceID(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst(2)
        return text.hasPrefix("i-") && (8...17).contains(digits.count)
            && digits.allSatisfy { $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }
}

/// What a lifecycle action is told by: all of Auto Scaling's own notification, `detail` of an EventBridge event.
struct ActionFields: Decodable {
    let group: String?
    let hook: String?
    let instance: String?
    let token: String?
    let transition: String?
    let metadata: String?
    let origin: String?
    let destination: String?

    enum CodingKeys: String, CodingKey {
        case group = "AutoScalingGroupName"
        case hook = "LifecycleHookName"
        case instance = "EC2InstanceId"
        case token = "LifecycleActionToken"
        case transition = "LifecycleTransition"
        case metadata = "NotificationMetadata"
        case origin = "Origin"
        case destination = "Destination"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        group = container.text(.group)
        hook = container.text(.hook)
        instance = container.text(.instance)
        token = container.text(.token)
        transition = container.text(.transition)
        metadata = container.text(.metadata)
        origin = container.text(.origin)
        destination = container.text(.destination)
    }
}

/// Auto Scaling's own notification.
private struct Fields: Decodable {
    let action: ActionFields
    let time: String?
    let event: String?

    enum CodingKeys: String, CodingKey {
        case time = "Time"
        case event = "Event"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        action = try ActionFields(from: decoder)
        time = container.text(.time)
        event = container.text(.event)
    }
}

extension KeyedDecodingContainer {
    /// A field of another type is as good as none: what must be there is asked for afterwards.
    func text(_ key: Key) -> String? { try? decode(String.self, forKey: key) }
}
