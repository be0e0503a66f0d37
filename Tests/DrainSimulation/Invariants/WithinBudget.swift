import DrainEngine
import DrainModel
import SimulatedWorld

/// (6) Calls stay inside the configured share of each of AWS's buckets, except those that Auto Scaling's clock waits
/// for; what these take, the others make up for. Only the reads without which heartbeats would stay as frequent as they
/// are, or would not be sent at all, are not starved by them: some of these may go in a minute, whatever is left.
struct WithinBudget {
    /// Of 100.
    let share: Int
    private var buckets: [RequestRate: TokenBucket] = [:]
    private var overdrawnAt: [WorldTime] = []
    private static let mostOverdrawnAMinute = 30

    /// For what is rounded in milliseconds and thousandths, and for a clock that is fast.
    private static let (tolerance, clockError) = (Duration.milliseconds(100), 0.001)

    init(share: Int) { self.share = share }

    mutating func violation(making read: Read, at now: WorldTime) -> String? {
        guard RequestRate.of(read) == .autoScaling else {
            return violation(calling: .of(read), isUrgent: false, at: now)
        }
        guard let violation = violation(calling: .autoScaling, isUrgent: false, at: now) else { return nil }
        overdrawnAt.removeAll { now - $0 > .seconds(60) }
        overdrawnAt.append(now)
        return overdrawnAt.count > Self.mostOverdrawnAMinute ? violation : nil
    }

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
