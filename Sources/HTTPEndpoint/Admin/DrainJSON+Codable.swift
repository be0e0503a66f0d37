import DrainModel

// Written out, because what the compiler would make leaves fields without a value out, and writes times as the
// ledger keeps them: numbers.

extension DrainJSON: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, instanceId, cluster, containerInstanceArn, autoScalingGroup, lifecycleHook, transition, origin
        case phase, outcome, waitingFor, blockedBy, tasks, acceptedAt, deadline, finishedAt, heartbeats, history
    }

    public func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: CodingKeys.self)
        try json.encode(id, forKey: .id)
        try json.encode(instanceId, forKey: .instanceId)
        try json.encode(cluster, forKey: .cluster)
        try json.encode(containerInstanceArn, forKey: .containerInstanceArn)
        try json.encode(autoScalingGroup, forKey: .autoScalingGroup)
        try json.encode(lifecycleHook, forKey: .lifecycleHook)
        try json.encode(transition, forKey: .transition)
        try json.encode(origin, forKey: .origin)
        try json.encode(phase, forKey: .phase)
        try json.encode(outcome, forKey: .outcome)
        try json.encode(waitingFor, forKey: .waitingFor)
        try json.encode(blockedBy, forKey: .blockedBy)
        try json.encode(tasks, forKey: .tasks)
        try json.encode(acceptedAt.rfc3339, forKey: .acceptedAt)
        try json.encode(deadline.rfc3339, forKey: .deadline)
        try json.encode(finishedAt?.rfc3339, forKey: .finishedAt)
        try json.encode(heartbeats, forKey: .heartbeats)
        try json.encodeIfPresent(history?.map(HistoryEntryJSON.init), forKey: .history)
    }

    public init(from decoder: any Decoder) throws {
        let json = try decoder.container(keyedBy: CodingKeys.self)
        id = try json.decode(DrainID.self, forKey: .id)
        instanceId = try json.decode(InstanceID.self, forKey: .instanceId)
        cluster = try json.decode(ClusterName?.self, forKey: .cluster)
        containerInstanceArn = try json.decode(ContainerInstanceARN?.self, forKey: .containerInstanceArn)
        autoScalingGroup = try json.decode(AutoScalingGroupName?.self, forKey: .autoScalingGroup)
        lifecycleHook = try json.decode(LifecycleHookName?.self, forKey: .lifecycleHook)
        transition = try json.decode(LifecycleTransition.self, forKey: .transition)
        origin = try json.decode(DrainOrigin.self, forKey: .origin)
        phase = try json.decode(DrainPhase.self, forKey: .phase)
        outcome = try json.decode(DrainOutcome?.self, forKey: .outcome)
        waitingFor = try json.decode([Wait].self, forKey: .waitingFor)
        blockedBy = try json.decode([Blocker].self, forKey: .blockedBy)
        tasks = try json.decode(Tasks.self, forKey: .tasks)
        acceptedAt = try json.decode(TimeJSON.self, forKey: .acceptedAt).timestamp
        deadline = try json.decode(TimeJSON.self, forKey: .deadline).timestamp
        finishedAt = try json.decode(TimeJSON?.self, forKey: .finishedAt)?.timestamp
        heartbeats = try json.decode(Int.self, forKey: .heartbeats)
        history = try json.decodeIfPresent([HistoryEntryJSON].self, forKey: .history)?.map(\.entry)
    }
}

extension DrainListJSON: Codable {
    private enum CodingKeys: String, CodingKey { case drains, next }

    public func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: CodingKeys.self)
        try json.encode(drains, forKey: .drains)
        try json.encode(next, forKey: .next)
    }

    public init(from decoder: any Decoder) throws {
        let json = try decoder.container(keyedBy: CodingKeys.self)
        drains = try json.decode([DrainJSON].self, forKey: .drains)
        next = try json.decode(DrainID?.self, forKey: .next)
    }
}

/// A moment as RFC 3339.
private struct TimeJSON: Codable {
    let timestamp: Timestamp

    init(_ timestamp: Timestamp) { self.timestamp = timestamp }

    init(from decoder: any Decoder) throws {
        let json = try decoder.singleValueContainer()
        guard let timestamp = Timestamp(rfc3339: try json.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: json, debugDescription: "not a time as of RFC 3339")
        }
        self.timestamp = timestamp
    }

    func encode(to encoder: any Encoder) throws {
        var json = encoder.singleValueContainer()
        try json.encode(timestamp.rfc3339)
    }
}

private struct HistoryEntryJSON: Codable {
    let at: TimeJSON
    let message: String

    init(_ entry: Drain.HistoryEntry) {
        at = TimeJSON(entry.at)
        message = entry.message
    }

    var entry: Drain.HistoryEntry { Drain.HistoryEntry(at: at.timestamp, message: message) }
}
