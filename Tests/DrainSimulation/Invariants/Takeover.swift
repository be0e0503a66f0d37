import SimulatedWorld

/// (8) As long as one replica is up and reaches all, somebody may decide within fifteen seconds of the last trouble.
struct Takeover {
    static let longest = Duration.seconds(15)
    private var vacantSince: WorldTime?
    private var lastTroubleAt: WorldTime?

    /// - Parameter fitSince: since when a replica could have decided that still can, if there is one.
    mutating func violation(isDecided: Bool, fitSince: WorldTime?, at now: WorldTime) -> String? {
        guard !isDecided, let fitSince else {
            vacantSince = nil
            return nil
        }
        let since = vacantSince ?? now
        vacantSince = since
        let waitsSince = max(since, max(fitSince, lastTroubleAt ?? since))
        return now - waitsSince > Self.longest ? "nobody decides for \(now - waitsSince)" : nil
    }

    mutating func noteTrouble(at now: WorldTime) { lastTroubleAt = now }
}
