import DrainModel

/// (4) What is recorded of a drain only goes forward: phases, the decision, the outcome.
enum RecordHistory {
    static func violation(of before: Drain, becoming after: Drain) -> String? {
        if before.phase == .finished { return after == before ? nil : "\(after.id) was finished, and is changed" }
        if after.phase < before.phase { return "\(after.id) goes back from \(before.phase) to \(after.phase)" }
        if let decision = before.decision, after.decision != decision { return "\(after.id) is decided anew" }
        if after.acceptedAt != before.acceptedAt || after.instance != before.instance {
            return "\(after.id) has become another drain"
        }
        if after.heartbeat.count < before.heartbeat.count { return "\(after.id) has fewer heartbeats than before" }
        if (after.phase == .finished) != (after.outcome != nil) { return "\(after.id) has a phase without an outcome" }
        return nil
    }
}
