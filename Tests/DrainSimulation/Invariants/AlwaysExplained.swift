import DrainModel
import SimulatedWorld

/// (5) Every drain that has been open for longer than a minute names what it waits for, or what blocks it; and what it
/// names is true.
struct AlwaysExplained {
    private var seenSince: [DrainID: WorldTime] = [:]
    private var lacks: [DrainID: (lack: Lack, since: WorldTime)] = [:]

    /// Longer than two looks may be apart.
    private static let longestBlindness = Duration.seconds(200)

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

    /// To be asked where nothing keeps the looks from seeing the truth.
    mutating func untruth(of drains: [Drain], in world: World, at now: WorldTime) -> String? {
        for drain in drains {
            guard drain.isUndecided, drain.outOfServiceSince != nil, let lack = Lack(of: drain, in: world) else {
                lacks[drain.id] = nil
                continue
            }
            if lacks[drain.id]?.lack != lack { lacks[drain.id] = (lack, now) }
            guard let since = lacks[drain.id]?.since, now - since > Self.longestBlindness else { continue }
            if !drain.waitingFor.contains(where: lack.isNamed) {
                let names = drain.waitingFor.map { "\($0.kind.rawValue) \($0.name)" }.joined(separator: ", ")
                return "\(drain.id) waits for \(lack), and names \(names)"
            }
        }
        return nil
    }

    /// What is missing by the world's own truth.
    private enum Lack {
        case tasksEnded, replacements

        init?(of drain: Drain, in world: World) {
            guard let unmet = world.unmetConditions(ofInstance: drain.instance.rawValue), !unmet.isEmpty else {
                return nil
            }
            self = unmet.tasks.isEmpty ? .replacements : .tasksEnded
        }

        func isNamed(by wait: Wait) -> Bool {
            switch self {
            case .tasksEnded: wait.kind == .task
            case .replacements: wait.kind == .service || wait.kind == .targetGroup
            }
        }
    }
}
