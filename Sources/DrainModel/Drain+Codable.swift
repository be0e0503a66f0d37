// How a record lies in a ledger. Records outlive the program that wrote them: what a later version added is absent from
// an earlier one's, and has its first value then. A key that was once written keeps its meaning for ever.

extension Drain {
    private enum CodingKeys: String, CodingKey {
        case id, instance, origin, action, seeksAction, namedCluster, acceptedAt, deadline, onTimeout, takenBackAt
        case phase, location, absentSince, alsoRegistered, drainingSetByUs, outOfServiceSince, deregisteredSince
        case machineHasEnded, tasks, taskListIsClosed, onlyDaemonsSince, heartbeat, hooksBeside, groupRetainsAbandoned
        case decision, refusedCall, waitingFor, blockedBy, toldBlockers, history, outcome, finishedAt
    }

    public init(from decoder: any Decoder) throws {
        let record = try decoder.container(keyedBy: CodingKeys.self)
        id = try record.decode(DrainID.self, forKey: .id)
        instance = try record.decode(InstanceID.self, forKey: .instance)
        origin = try record.decode(DrainOrigin.self, forKey: .origin)
        action = try record.decodeIfPresent(LifecycleAction.self, forKey: .action)
        seeksAction = try record.decodeIfPresent(Bool.self, forKey: .seeksAction) ?? false
        namedCluster = try record.decodeIfPresent(ClusterName.self, forKey: .namedCluster)
        acceptedAt = try record.decode(Timestamp.self, forKey: .acceptedAt)
        deadline = try record.decode(Timestamp.self, forKey: .deadline)
        onTimeout = try record.decode(LifecycleActionResult.self, forKey: .onTimeout)
        takenBackAt = try record.decodeIfPresent(Timestamp.self, forKey: .takenBackAt)
        phase = try record.decode(DrainPhase.self, forKey: .phase)
        location = try record.decodeIfPresent(Location.self, forKey: .location)
        alsoRegistered = try record.decodeIfPresent([ContainerInstanceARN].self, forKey: .alsoRegistered) ?? []
        absentSince = try record.decodeIfPresent(Timestamp.self, forKey: .absentSince)
        drainingSetByUs = try record.decodeIfPresent(Bool.self, forKey: .drainingSetByUs) ?? false
        outOfServiceSince = try record.decodeIfPresent(Timestamp.self, forKey: .outOfServiceSince)
        deregisteredSince = try record.decodeIfPresent(Timestamp.self, forKey: .deregisteredSince)
        machineHasEnded = try record.decodeIfPresent(Bool.self, forKey: .machineHasEnded) ?? false
        tasks = try record.decodeIfPresent([TrackedTask].self, forKey: .tasks) ?? []
        taskListIsClosed = try record.decodeIfPresent(Bool.self, forKey: .taskListIsClosed) ?? false
        onlyDaemonsSince = try record.decodeIfPresent(Timestamp.self, forKey: .onlyDaemonsSince)
        heartbeat = try record.decodeIfPresent(HeartbeatState.self, forKey: .heartbeat) ?? HeartbeatState()
        hooksBeside = try record.decodeIfPresent([LifecycleHookName].self, forKey: .hooksBeside) ?? []
        groupRetainsAbandoned = try record.decodeIfPresent(Bool.self, forKey: .groupRetainsAbandoned) ?? false
        decision = try record.decodeIfPresent(Decision.self, forKey: .decision)
        refusedCall = try record.decodeIfPresent(RefusedCall.self, forKey: .refusedCall)
        // Explanation only: what a later version says in words that this one lacks is left out.
        waitingFor = try record.decodeIfPresent([Known<Wait>].self, forKey: .waitingFor)?.compactMap(\.value) ?? []
        blockedBy = try record.decodeIfPresent([Known<Blocker>].self, forKey: .blockedBy)?.compactMap(\.value) ?? []
        toldBlockers = Set(
            try record.decodeIfPresent([Known<Blocker.Code>].self, forKey: .toldBlockers)?.compactMap(\.value) ?? [])
        history = try record.decodeIfPresent([HistoryEntry].self, forKey: .history) ?? []
        outcome = try record.decodeIfPresent(DrainOutcome.self, forKey: .outcome)
        finishedAt = try record.decodeIfPresent(Timestamp.self, forKey: .finishedAt)
    }
    public func encode(to encoder: any Encoder) throws {
        var record = encoder.container(keyedBy: CodingKeys.self)
        try record.encode(id, forKey: .id)
        try record.encode(instance, forKey: .instance)
        try record.encode(origin, forKey: .origin)
        try record.encodeIfPresent(action, forKey: .action)
        try record.encode(seeksAction, forKey: .seeksAction)
        try record.encodeIfPresent(namedCluster, forKey: .namedCluster)
        try record.encode(acceptedAt, forKey: .acceptedAt)
        try record.encode(deadline, forKey: .deadline)
        try record.encode(onTimeout, forKey: .onTimeout)
        try record.encodeIfPresent(takenBackAt, forKey: .takenBackAt)
        try record.encode(phase, forKey: .phase)
        try record.encodeIfPresent(location, forKey: .location)
        try record.encode(alsoRegistered, forKey: .alsoRegistered)
        try record.encodeIfPresent(absentSince, forKey: .absentSince)
        try record.encode(drainingSetByUs, forKey: .drainingSetByUs)
        try record.encodeIfPresent(outOfServiceSince, forKey: .outOfServiceSince)
        try record.encodeIfPresent(deregisteredSince, forKey: .deregisteredSince)
        try record.encode(machineHasEnded, forKey: .machineHasEnded)
        try record.encode(tasks, forKey: .tasks)
        try record.encode(taskListIsClosed, forKey: .taskListIsClosed)
        try record.encodeIfPresent(onlyDaemonsSince, forKey: .onlyDaemonsSince)
        try record.encode(heartbeat, forKey: .heartbeat)
        try record.encode(hooksBeside, forKey: .hooksBeside)
        try record.encode(groupRetainsAbandoned, forKey: .groupRetainsAbandoned)
        try record.encodeIfPresent(decision, forKey: .decision)
        try record.encodeIfPresent(refusedCall, forKey: .refusedCall)
        try record.encode(waitingFor, forKey: .waitingFor)
        try record.encode(blockedBy, forKey: .blockedBy)
        try record.encode(toldBlockers, forKey: .toldBlockers)
        try record.encode(history, forKey: .history)
        try record.encodeIfPresent(outcome, forKey: .outcome)
        try record.encodeIfPresent(finishedAt, forKey: .finishedAt)
    }
}

extension TrackedTask {
    private enum CodingKeys: String, CodingKey {
        case arn, service, isDaemon, isStopped, missingSince, isToldToStop, addresses
    }

    public init(from decoder: any Decoder) throws {
        let record = try decoder.container(keyedBy: CodingKeys.self)
        arn = try record.decode(TaskARN.self, forKey: .arn)
        service = try record.decodeIfPresent(ServiceName.self, forKey: .service)
        isDaemon = try record.decode(Bool.self, forKey: .isDaemon)
        isStopped = try record.decode(Bool.self, forKey: .isStopped)
        missingSince = try record.decodeIfPresent(Timestamp.self, forKey: .missingSince)
        isToldToStop = try record.decodeIfPresent(Bool.self, forKey: .isToldToStop) ?? false
        addresses = try record.decodeIfPresent([String].self, forKey: .addresses) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
        var record = encoder.container(keyedBy: CodingKeys.self)
        try record.encode(arn, forKey: .arn)
        try record.encodeIfPresent(service, forKey: .service)
        try record.encode(isDaemon, forKey: .isDaemon)
        try record.encode(isStopped, forKey: .isStopped)
        try record.encodeIfPresent(missingSince, forKey: .missingSince)
        try record.encode(isToldToStop, forKey: .isToldToStop)
        try record.encode(addresses, forKey: .addresses)
    }
}

/// Something that may be written in words of a later version: then it is nil.
private struct Known<Value: Decodable>: Decodable {
    let value: Value?

    init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}
