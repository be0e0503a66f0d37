import DrainModel
import DrainSimulation
import Foundation

/// What came of many seeds.
struct Summary {
    private(set) var seeds = 0
    /// Seeds whose plan makes no account: a mistake of the plan's.
    var unplayable = 0
    private(set) var simulated = Duration.zero
    private(set) var statistics = Statistics()
    /// Of all traces, whichever came first.
    private var fingerprint: UInt64 = 0
    /// By seed.
    private(set) var violations: [Failure] = []

    struct Failure {
        let seed: UInt64
        let violation: Violation

        var line: String {
            "seed \(seed) at \(violation.at / .seconds(1)) s: (\(violation.invariant.rawValue)) \(violation.text)"
        }
    }

    mutating func add(_ outcome: Outcome) {
        seeds += 1
        simulated += outcome.simulated
        statistics += outcome.statistics
        fingerprint &+= outcome.fingerprint
        guard let violation = outcome.violation else { return }
        violations.append(Failure(seed: outcome.seed, violation: violation))
        violations.sort { $0.seed < $1.seed }
    }

    func table(elapsed: Duration?) -> String {
        let hours = simulated / .seconds(3600)
        var rows = [("seeds", "\(seeds)"), ("simulated hours", String(format: "%.1f", hours))]
        if let elapsed {
            let speed = simulated / elapsed
            let rate = Double(seeds) / (elapsed / .seconds(60))
            rows.append(("speed", String(format: "%.0f times real time, %.0f seeds a minute", speed, rate)))
        }
        let drains = statistics.drains.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
        rows += [
            ("events", "\(statistics.events)"), ("calls", "\(statistics.calls)"),
            ("crashes", "\(statistics.crashes)"), ("faults", "\(statistics.faults)"),
            ("interruptions", "\(statistics.interruptions)"), ("hints", "\(statistics.hints)"),
            ("drains finished", drains), ("fingerprint", String(fingerprint, radix: 16)),
            ("violations", "\(violations.count)"),
        ]
        if statistics.takeovers > 0 {
            rows.append(("takeovers", "\(statistics.takeovers), of \(statistics.troubles) troubles"))
        }
        if unplayable > 0 { rows.append(("unplayable", "\(unplayable)")) }
        return rows.map { "\($0.0.padding(toLength: 18, withPad: " ", startingAt: 0))\($0.1)" }.joined(separator: "\n")
    }
}
