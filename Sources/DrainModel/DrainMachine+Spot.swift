// What EC2 says of Spot instances.
extension DrainMachine {
    /// The first record of a Spot instance that EC2 takes back; nil when its two minutes are over.
    ///
    /// - Parameter warnedAt: when EC2 gave the warning.
    public static func acceptInterruption(
        of instance: InstanceID, warnedAt: Timestamp, from origin: DrainOrigin, at now: Timestamp, policy: DrainPolicy
    ) -> Drain? {
        // Of a clock that is slow by less than what is left, the warning comes from the future.
        let takenBackAt = min(warnedAt, now) + policy.spotNotice
        guard now < takenBackAt else { return nil }
        var drain = Drain(
            interruptionOf: instance, warnedAt: warnedAt, takenBackAt: takenBackAt, origin: origin, acceptedAt: now)
        drain.waitingFor = [Wait(.containerInstance, instance.rawValue, "being looked for in the clusters")]
        drain.note(
            "Accepted from \(origin.rawValue): EC2 takes the Spot instance back at \(takenBackAt.rfc3339)", at: now)
        return drain
    }

    /// EC2 takes the instance of this drain back, too: it has no time beyond that.
    public static func interrupted(_ drain: Drain, takenBackAt: Timestamp, at now: Timestamp) -> Drain {
        guard drain.isUndecided, drain.takenBackAt.map({ takenBackAt < $0 }) ?? true else { return drain }
        var drain = drain
        drain.takenBackAt = takenBackAt
        let isTightened = takenBackAt < drain.deadline
        drain.deadline = min(drain.deadline, takenBackAt)
        drain.note(
            "EC2 takes the Spot instance back at \(takenBackAt.rfc3339)"
                + (isTightened ? ": the deadline is tightened" : ", after the deadline"), at: now)
        return drain
    }

    /// EC2 recommends to replace the Spot instance, since the risk that it takes it back has risen: told once.
    public static func rebalanceRecommended(_ drain: Drain, recommendedAt: Timestamp, at now: Timestamp) -> Drain {
        let message =
            "EC2 recommends to replace the Spot instance (\(recommendedAt.rfc3339)): it may soon take it back"
        guard drain.isUndecided, !drain.history.contains(where: { $0.message == message }) else { return drain }
        var drain = drain
        drain.note(message, at: now)
        return drain
    }
}
