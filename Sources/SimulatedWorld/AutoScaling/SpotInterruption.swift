extension World {
    /// EC2 has warned that it takes a Spot instance back.
    public struct SpotInterruption: Hashable, Sendable {
        public let instance: Instance.ID
        public let instanceID: String
        /// The event's `time`.
        public let warnedAt: WorldTime
        public let takenBackAt: WorldTime
    }

    /// From the warning until the machine is taken.
    public static let spotNotice = Duration.seconds(120)

    /// A Spot instance is reclaimed: the machine dies in two minutes, whatever its hooks say (Amazon EC2 user guide,
    /// "Spot Instance interruption notices").
    ///
    /// - Parameters:
    ///   - drains: its agent sets it DRAINING at once (`ECS_ENABLE_SPOT_INSTANCE_DRAINING`).
    ///   - left: less than two minutes if the warning was given a while ago, and is only being delivered now.
    ///   - topic: where an EventBridge rule sends the warning; nil: nowhere.
    public mutating func interruptSpotInstance(
        instanceID: String, drains: Bool = false, left: Duration = World.spotNotice, publishingTo topic: String? = nil
    ) throws(Failure) {
        let id = try knownInstance(instanceID)
        if let topic { _ = try self.topic(topic) }
        guard self[id].isAlive, self[id].interruptedAt == nil else { return }
        let interruption = SpotInterruption(
            instance: id, instanceID: instanceID, warnedAt: now + left - Self.spotNotice, takenBackAt: now + left)
        instanceTable[id.number].interruptedAt = now
        spotInterruptions.append(interruption)
        schedule(.spotInterrupts(id), after: left)
        if let topic { post(subject: nil, message: event(of: interruption), to: topic) }
        if drains, let host = self[id].containerInstance, self[host].status == .active { setState(.draining, of: host) }
    }

    /// The EventBridge event of the warning, as the guide shows it.
    private mutating func event(of interruption: SpotInterruption) -> String {
        let zone = self[interruption.instance].availabilityZone
        return """
            {"version":"0","id":"\(random.uuid())","detail-type":"EC2 Spot Instance Interruption Warning",\
            "source":"aws.ec2","account":"\(account.id)","time":"\(interruption.warnedAt.iso8601)",\
            "region":"\(account.region)","resources":["arn:aws:ec2:\(zone):instance/\(interruption.instanceID)"],\
            "detail":{"instance-id":"\(interruption.instanceID)","instance-action":"terminate"}}
            """
    }
}
