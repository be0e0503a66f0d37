import DrainModel
import FoundationEssentials

/// Reads an EventBridge event, whichever door it came through: what EC2 says of Spot instances, what Auto Scaling says of
/// lifecycle actions, and that something has changed at ECS or EC2.
///
/// Source of the fields: EC2 user guide, "Spot Instance interruption notices", "EC2 instance rebalance recommendations"
/// and "State change events for your instances"; Auto Scaling user guide, "EventBridge event reference"; Amazon ECS
/// developer guide, "Amazon ECS events".
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
        case ("aws.ecs", "ECS Task State Change"), ("aws.ecs", "ECS Container Instance State Change"),
            ("aws.ecs", "ECS Service Action"), ("aws.ecs", "ECS Deployment State Change"),
            ("aws.ec2", "EC2 Instance State-change Notification"):
            // One that does not say where to look asks for nothing, and no other try would make it better.
            return envelope.hint(about: detail).map(Event.hint) ?? unrelated(envelope)
        default: return unrelated(envelope)
        }
    }

    private static func unrelated(_ envelope: Envelope) -> Event {
        .unrelated(summary: "an event \((envelope.detailType ?? "of no type").prefix(80))")
    }
}

private struct Envelope: Decodable {
    let token: String?
    let source: String?
    let detailType: String?
    let time: String?
    private let resources: [String]
    let detail: Detail?

    enum CodingKeys: String, CodingKey {
        case token = "LifecycleActionToken"
        case source
        case detailType = "detail-type"
        case time, resources, detail
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        token = container.text(.token)
        source = container.text(.source)
        detailType = container.text(.detailType)
        time = container.text(.time)
        resources = (try? container.decode([String].self, forKey: .resources)) ?? []
        detail = try? container.decode(Detail.self, forKey: .detail)
    }

    /// nil where nobody could tell whose drains it may matter to.
    func hint(about detail: Detail) -> ChangeHint? {
        // A deployment's event names its cluster by the service alone.
        let cluster = (detail.clusterARN ?? resources.first).flatMap(ClusterName.init(inARN:))
        guard cluster != nil || detail.knownInstance != nil else { return nil }
        let version = detail.version.flatMap { number in
            resources.first.map { ChangeHint.Version(resource: $0, number: number) }
        }
        return ChangeHint(cluster: cluster, instance: detail.knownInstance, version: version)
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
    let clusterARN: String?
    let version: Int?
    /// nil for what is none of EC2's.
    let knownInstance: InstanceID?

    enum CodingKeys: String, CodingKey {
        case instance = "instance-id"
        case hostInstance = "ec2InstanceId"
        case clusterARN = "clusterArn"
        case version
    }

    init(from decoder: any Decoder) throws {
        action = try ActionFields(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        clusterARN = container.text(.clusterARN)
        version = try? container.decode(Int.self, forKey: .version)
        let instance = container.text(.instance) ?? container.text(.hostInstance)
        knownInstance = instance.flatMap { AutoScalingNotification.isInstanceID($0) ? InstanceID($0) : nil }
    }

    func instance(in kind: String) throws(AutoScalingNotification.Unusable) -> InstanceID {
        guard let knownInstance else { throw .init(reason: "\(kind) without a valid instance-id") }
        return knownInstance
    }
}

extension ClusterName {
    /// From the ARN of the cluster, or of what lies in it: `cluster/NAME`, `service/NAME/…`. Older ARNs of services name
    /// no cluster.
    fileprivate init?(inARN arn: String) {
        let path = arn.split(separator: ":").last?.split(separator: "/") ?? []
        guard path.count > 2 || (path.count == 2 && path[0] == "cluster") else { return nil }
        self.init(String(path[1]))
    }
}
