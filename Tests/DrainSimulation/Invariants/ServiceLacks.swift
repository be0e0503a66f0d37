import SimulatedWorld

/// Since when each thing is lacking that the services of a leaving instance must have elsewhere. It takes a look at the
/// world at every step, so it is kept only where it decides.
struct ServiceLacks {
    private var since: [Key: WorldTime] = [:]

    private struct Key: Hashable {
        let instance: String
        let kind: World.Violation.Kind
        let subject: String
    }

    /// To be told at every step.
    mutating func note(_ unmet: [World.UnmetConditions.Finding], of instance: String, at now: WorldTime) {
        let keys = Set(unmet.map { Key(instance: instance, kind: $0.kind, subject: $0.subject) })
        for key in since.keys where key.instance == instance && !keys.contains(key) { since[key] = nil }
        for key in keys where since[key] == nil { since[key] = now }
    }

    func since(_ lack: World.UnmetConditions.Finding, of instance: String) -> WorldTime? {
        since[Key(instance: instance, kind: lack.kind, subject: lack.subject)]
    }
}
