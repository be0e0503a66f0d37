import DrainModel
import FoundationEssentials

/// Reads an EventBridge event, whichever door it came through: what EC2 says of Spot instances, and what Auto Scaling
/// says of lifecycle actions.
///
/// Source of the fields: EC2 user guide, "Spot Instance interruption notices" and "EC2 instance rebalance
/// recommendations"; Auto Scaling user guide, "EventBridge event reference".
enum EventBridgeEvent {
    /// nil where the text is no EventBridge event.
    ///
    /// - Parameter sentAt: stands in where a lifecycle action does not say when it began.
    static func event(in text: String, sentAt: Timestamp) throws(AutoScalingNotification.Unusable) -> Event? {
        // Auto Scaling's own notification has its token outside, whatever else it may hold.
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(text.utf8)), envelope.token == nil,
            let detail = envelope.detail
        else { return nil }
        switch (envelope.source, envelope.detailType) {
        case ("aws.ec2", "EC2 Spot Instance Interruption Warning"):
            let kind = "a Spot interruption warning"
            return .spotInterruption(try detail.instance(in: kind), at: try envelope.moment(in: kind))
        case ("aws.ec2", "EC2 Instance Rebalance Recommendation"):
            let kind = "a rebalance recommendation"
            return .rebalanceRecommendation(try detail.instance(in: kind), at: try envelope.moment(in: kind))
        case ("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action"):
            return try AutoScalingNotification.action(detail.action, startedAt: envelope.time, sentAt: sentAt)
        case ("aws.autoscaling", "EC2 Instance-launch Lifecycle Action"):
            return .unrelated(summary: "the lifecycle action of a launching instance")
        default: return .unrelated(summary: "an event \((envelope.detailType ?? "of no type").prefix(80))")
        }
    }
}

private struct Envelope: Decodable {
    let token: String?
    let source: String?
    let detailType: String?
    let time: String?
    let detail: Detail?

    enum CodingKeys: String, CodingKey {
        case token = "LifecycleActionToken"
        case source
        case detailType = "detail-type"
        case time
        case detail
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        token = container.text(.token)
        source = container.text(.source)
        detailType = container.text(.detailType)
        time = container.text(.time)
        detail = try? container.decode(Detail.self, forKey: .detail)
    }

    func moment(in kind: String) throws(AutoScalingNotification.Unusable) -> Timestamp {
        guard let moment = time.flatMap({ Timestamp(rfc3339: $0) }) else {
            throw .init(reason: "\(kind) without a valid time")
        }
        return moment
    }
}

private struct Detail: Decodable {
    let action: ActionFields
    private let instance: String?

    enum CodingKeys: String, CodingKey {
        case instance = "instance-id"
    }

    init(from decoder: any Decoder) throws {
        action = try ActionFields(from: decoder)
        instance = try decoder.container(keyedBy: CodingKeys.self).text(.instance)
    }

    func instance(in kind: String) throws(AutoScalingNotification.Unusable) -> InstanceID {
        guard let instance, AutoScalingNotification.isInstanceID(instance) else {
            throw .init(reason: "\(kind) without a valid instance-id")
        }
        return InstanceID(instance)
    }
}
