import DrainModel
import SimulatedWorld

/// (5) Every drain that has been open for longer than a minute names what it waits for, or what blocks it.
struct AlwaysExplained {
    private var seenSince: [DrainID: WorldTime] = [:]

    mutating func violation(of drains: [Drain], at now: WorldTime) -> String? {
        for drain in drains {
            let since = seenSince[drain.id, default: now]
            seenSince[drain.id] = since
            guard now - since > .seconds(60), drain.phase < .completing else { continue }
            if drain.waitingFor.isEmpty, drain.blockedBy.isEmpty {
                return "\(drain.id) is \(drain.phase), and says not why"
            }
        }
        return nil
    }
}
