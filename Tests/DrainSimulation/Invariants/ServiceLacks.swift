import SimulatedWorld

/// Since when each thing is lacking that the services of a leaving instance must have elsewhere. It takes a look at the
/// world at every step, so it is kept only where it decides.
struct ServiceLacks {
    private var since: [Key: WorldTime] = [:]

    private struct Key: Hashable {
        let instance: String
        let kind: World.Violation.Kind
        let subject: String
        /// "3 tasks healthy elsewhere": when more is desired, more is lacking from then on.
        let wanted: Substring

        init(_ finding: World.UnmetConditions.Finding, of instance: String) {
            self.instance = instance
            (kind, subject) = (finding.kind, finding.subject)
            wanted = finding.detail.firstRange(of: " of ").map { finding.detail[$0.upperBound...] } ?? ""
        }
    }

    /// To be told at every step.
    mutating func note(_ unmet: [World.UnmetConditions.Finding], of instance: String, at now: WorldTime) {
        let keys = Set(unmet.map { Key($0, of: instance) })
        for key in since.keys where key.instance == instance && !keys.contains(key) { since[key] = nil }
        for key in keys where since[key] == nil { since[key] = now }
    }

    func since(_ lack: World.UnmetConditions.Finding, of instance: String) -> WorldTime? {
        since[Key(lack, of: instance)]
    }
}
