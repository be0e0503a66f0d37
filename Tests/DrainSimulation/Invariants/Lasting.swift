import SimulatedWorld

/// Since when what is found has held without a break.
struct Lasting {
    private var since: [String: WorldTime] = [:]

    struct Finding {
        let text: String
        /// How long it may hold.
        var limit: Duration = Self.blindness

        /// Longer than two looks may be apart.
        static let blindness = Duration.seconds(200)
    }

    /// The first that has lasted for too long. To be told all that holds now.
    mutating func outlasting(_ findings: [Finding], at now: WorldTime) -> String? {
        let texts = Set(findings.map(\.text))
        since = since.filter { texts.contains($0.key) }
        for text in texts where since[text] == nil { since[text] = now }
        return findings.first { finding in since[finding.text].map { now - $0 > finding.limit } ?? false }?.text
    }
}
