public import DrainModel

/// The token buckets that AWS fills for each account and region, by the operations that share one.
///
/// Sources: Amazon ECS API reference, "Request throttling"; Elastic Load Balancing user guide, "API throttling"; Amazon EC2
/// developer guide, "Request throttling for the Amazon EC2 API", where a filtered DescribeInstances takes from the bucket
/// of non-mutating actions, and an unfiltered, unpaginated one from a smaller. Auto Scaling publishes no figures: those
/// here are ours, and low; half is kept for its reads, since the heartbeats of many drains may use up the other half for
/// as long as they last.
public enum APIBucket: Hashable, Sendable, CaseIterable {
    case clusterResourceRead, clusterResourceModify, clusterRead, capacityProviderRead, serviceRead, taskProtection
    case loadBalancing, classicLoadBalancing, ec2Read, autoScalingRead, lifecycleAction

    /// Calls that AWS takes at once, and calls a second that it takes for ever.
    public var published: (burst: Int, perSecond: Int) {
        switch self {
        case .clusterResourceRead, .ec2Read: (100, 20)
        case .clusterResourceModify: (100, 40)
        case .clusterRead, .capacityProviderRead: (50, 20)
        case .serviceRead: (100, 20)
        case .taskProtection: (200, 80)
        case .loadBalancing, .classicLoadBalancing: (40, 10)
        case .autoScalingRead, .lifecycleAction: (20, 5)
        }
    }
}

/// How much of each of AWS's buckets draind has left: its share of the published rate, less after AWS refused a call
/// for having been asked too often.
///
/// Calls that Auto Scaling's clock waits for are never held back: they take what they need, and others of their bucket
/// wait until that is made up for.
public struct APIBudget: Hashable, Sendable {
    private let share: Int
    private var buckets: [APIBucket: Bucket] = [:]

    /// - Parameter share: the most of each published rate that draind may use, in percent, 1 to 100.
    public init(share: Int) { self.share = share }

    /// In millionths of a call, so that nothing is lost to division: a rate in thousandths of a call a second times
    /// milliseconds.
    private struct Bucket: Hashable {
        var left: Int64
        var filledAt: Timestamp
        /// Of the share, in percent: halved when AWS throttles, and a tenth more each half minute.
        var scale = 100
        var scaledAt: Timestamp
        /// When AWS last throttled: calls that were under way together are refused together, and count once.
        var cutAt: Timestamp?
    }

    private static let oneCall: Int64 = 1_000_000
    private static let leastScale = 5
    private static let recoveryInterval = Duration.seconds(30)
    private static let recoveryStep = 10

    /// Takes one call if there is one; a call that cannot wait is always taken.
    public mutating func take(_ bucket: APIBucket, urgent: Bool = false, at now: Timestamp) -> Bool {
        var state = filled(bucket, at: now)
        let isTaken = urgent || state.left >= Self.oneCall
        // What the urgent ones have overdrawn is made up for, up to a full bucket.
        if isTaken { state.left = max(state.left - Self.oneCall, -burst(of: bucket)) }
        buckets[bucket] = state
        return isTaken
    }

    /// When there will be a call again, if nobody takes one before.
    public func nextCall(_ bucket: APIBucket, at now: Timestamp) -> Timestamp {
        let state = filled(bucket, at: now)
        guard state.left < Self.oneCall else { return now }
        let rate = perSecond(bucket, scale: state.scale)
        return now + .milliseconds((Self.oneCall - state.left + rate - 1) / rate)
    }

    /// AWS refused a call of this bucket for having been asked too often.
    public mutating func throttled(_ bucket: APIBucket, at now: Timestamp) {
        var state = filled(bucket, at: now)
        if let cutAt = state.cutAt, now - cutAt < .seconds(1) { return }
        state.cutAt = now
        state.scale = max(Self.leastScale, state.scale / 2)
        state.scaledAt = now
        state.left = min(state.left, 0)
        buckets[bucket] = state
    }

    private func filled(_ bucket: APIBucket, at now: Timestamp) -> Bucket {
        let burst = burst(of: bucket)
        guard var state = buckets[bucket] else { return Bucket(left: burst, filledAt: now, scaledAt: now) }
        let elapsed = max(0, (now - state.filledAt).milliseconds)
        state.left = min(burst, state.left + elapsed * perSecond(bucket, scale: state.scale))
        state.filledAt = now
        let steps = (now - state.scaledAt).milliseconds / Self.recoveryInterval.milliseconds
        if steps > 0 {
            state.scale = min(100, state.scale + Int(steps) * Self.recoveryStep)
            state.scaledAt = now
        }
        return state
    }

    private func burst(of bucket: APIBucket) -> Int64 {
        max(Self.oneCall, Int64(bucket.published.burst) * Int64(share) * 10_000)
    }

    /// In thousandths of a call a second, at least one.
    private func perSecond(_ bucket: APIBucket, scale: Int) -> Int64 {
        max(1, Int64(bucket.published.perSecond) * Int64(share) * Int64(scale) / 10)
    }
}
