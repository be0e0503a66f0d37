public import DrainModel
import FoundationEssentials

/// Reads what Auto Scaling says, whichever door it came through: its own JSON, or an EventBridge event around it.
///
/// Source of the fields: the Auto Scaling user guide, "Prepare to add a lifecycle hook" and "EventBridge event
/// reference". The order and number of keys vary by year; unknown ones are ignored.
public enum AutoScalingNotification {
    /// It claims to be a lifecycle action, and cannot be one.
    public struct Unusable: Error, Hashable, Sendable {
        public let reason: String
    }

    /// - Parameter sentAt: stands in where the notification does not say when the action began.
    /// - Throws: ``Unusable``; whatever is no lifecycle notification at all is an ``Event/unrelated(summary:)``.
    public static func event(in text: String, sentAt: Timestamp) throws(Unusable) -> Event {
        guard let outer = try? JSONDecoder().decode(Fields.self, from: Data(text.utf8)) else {
            return .unrelated(summary: "a message that is not a JSON object")
        }
        if outer.token == nil, let inner = outer.detail {
            guard outer.source == "aws.autoscaling", inner.token != nil else {
                return .unrelated(summary: "an event \((outer.detailType ?? "of no type").prefix(80))")
            }
            return try action(inner, startedAt: outer.time, sentAt: sentAt)
        }
        let test = "autoscaling:TEST_NOTIFICATION"
        if outer.event == test || outer.transition == test {
            return .testNotification(AutoScalingGroupName(outer.group ?? ""))
        }
        guard outer.transition != nil || outer.token != nil else {
            return .unrelated(summary: outer.event.map { "a notification \($0.prefix(80))" } ?? "another message")
        }
        return try action(outer, startedAt: outer.time, sentAt: sentAt)
    }

    private static func action(
        _ fields: some ActionFields, startedAt: String?, sentAt: Timestamp
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
    private static func isInstanceID(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst(2)
        return text.hasPrefix("i-") && (8...17).contains(digits.count)
            && digits.allSatisfy { $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }
}

private protocol ActionFields {
    var group: String? { get }
    var hook: String? { get }
    var instance: String? { get }
    var token: String? { get }
    var transition: String? { get }
    var metadata: String? { get }
    var origin: String? { get }
    var destination: String? { get }
}

/// What an EventBridge event holds in `detail`.
private struct Detail: Decodable, ActionFields {
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

/// Auto Scaling's own notification, or an EventBridge event.
private struct Fields: Decodable, ActionFields {
    private let own: Detail
    let time: String?
    let event: String?
    let source: String?
    let detailType: String?
    let detail: Detail?

    enum CodingKeys: String, CodingKey {
        case time = "Time"
        case eventTime = "time"
        case event = "Event"
        case source
        case detailType = "detail-type"
        case detail
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        own = try Detail(from: decoder)
        time = container.text(.time) ?? container.text(.eventTime)
        event = container.text(.event)
        source = container.text(.source)
        detailType = container.text(.detailType)
        detail = try? container.decode(Detail.self, forKey: .detail)
    }

    var group: String? { own.group }
    var hook: String? { own.hook }
    var instance: String? { own.instance }
    var token: String? { own.token }
    var transition: String? { own.transition }
    var metadata: String? { own.metadata }
    var origin: String? { own.origin }
    var destination: String? { own.destination }
}

extension KeyedDecodingContainer {
    /// A field of another type is as good as none: what must be there is asked for afterwards.
    fileprivate func text(_ key: Key) -> String? { try? decode(String.self, forKey: key) }
}
