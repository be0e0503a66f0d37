import DrainModel
import SimulatedWorld

/// (6) Calls stay inside the configured share of each of AWS's buckets, except those that Auto Scaling's clock waits
/// for.
struct WithinBudget {
    /// Of 100.
    let share: Int
    private var buckets: [RequestRate: TokenBucket] = [:]

    /// For what is rounded in milliseconds and thousandths, and for a clock that is fast.
    private static let (tolerance, clockError) = (Duration.milliseconds(100), 0.001)

    init(share: Int) { self.share = share }

    mutating func violation(calling rate: RequestRate, isUrgent: Bool, at now: WorldTime) -> String? {
        var bucket =
            buckets[rate]
            ?? TokenBucket(
                rate, share: Double(share) / 100 * (1 + Self.clockError), slack: Self.tolerance, at: now)
        let isWithin = bucket.take(at: now, evenIfEmpty: isUrgent)
        buckets[rate] = bucket
        return isWithin ? nil : "more calls than \(share) % of \(rate.name)"
    }

    /// The process's clock was set: by its own lights more time may have passed.
    mutating func forgive(_ jump: Duration) {
        for rate in buckets.keys { buckets[rate]?.add(jump) }
    }
}
