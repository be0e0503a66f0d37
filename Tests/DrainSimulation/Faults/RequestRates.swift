import DrainEngine
import DrainModel
import SimulatedWorld

/// AWS's token buckets, from its own pages and not from the engine's table.
///
/// Sources: Amazon ECS API reference, "Request throttling"; Elastic Load Balancing user guide, "API throttling"; Amazon
/// EC2 developer guide, "Request throttling for the Amazon EC2 API". Auto Scaling publishes none; what is assumed of it is
/// what the engine says it assumes.
struct RequestRate: Hashable {
    let name: String
    let burst: Double
    let perSecond: Double

    static func of(_ read: Read) -> Self {
        switch read {
        case .listContainerInstances, .describeContainerInstances, .listTasks, .describeTasks:
            Self(name: "ECS cluster resource read", burst: 100, perSecond: 20)
        case .describeServices: Self(name: "ECS service read", burst: 100, perSecond: 20)
        case .describeCapacityProviders: Self(name: "ECS capacity provider read", burst: 50, perSecond: 20)
        case .listClusters, .describeClusters, .describeTaskDefinition:
            Self(name: "ECS cluster read", burst: 50, perSecond: 20)
        case .getTaskProtection: Self(name: "ECS task protection", burst: 200, perSecond: 80)
        case .describeInstances: Self(name: "EC2 non-mutating, filtered", burst: 100, perSecond: 20)
        case .describeTargetHealth: Self(name: "ELB non-mutating", burst: 40, perSecond: 10)
        case .describeInstanceHealth: Self(name: "classic ELB non-mutating", burst: 40, perSecond: 10)
        case .describeLifecycleHooks, .describeAutoScalingGroups, .describeWarmPool:
            Self(name: "Auto Scaling's reads", burst: 20, perSecond: 5)
        }
    }

    static func of(_ call: Call) -> Self {
        switch call {
        case .setDraining, .setActive, .deregister, .stopTask:
            Self(name: "ECS cluster resource modify", burst: 100, perSecond: 40)
        case .recordHeartbeat, .complete: Self(name: "lifecycle actions", burst: 20, perSecond: 5)
        }
    }
}

/// A bucket of that rate, or of a part of it.
struct TokenBucket {
    private let burst: Double
    private let perSecond: Double
    /// What is taken although there was none is made up for, but no further back than a full bucket.
    private let least: Double
    private var left: Double
    private var filledAt: WorldTime

    /// - Parameter slack: for this long, twice as fast.
    init(_ rate: RequestRate, share: Double, slack: Duration = .zero, at now: WorldTime) {
        perSecond = rate.perSecond * share
        least = -max(1, rate.burst * share) * 0.99
        burst = max(1, rate.burst * share) + perSecond * Double(slack.milliseconds) / 1000
        left = burst
        filledAt = now
    }

    /// Takes a call, and says whether there was one.
    mutating func take(at now: WorldTime, evenIfEmpty: Bool) -> Bool {
        left = min(burst, left + perSecond * Double((now - filledAt).milliseconds) / 1000)
        filledAt = now
        guard left >= 1 || evenIfEmpty else { return false }
        left = max(left - 1, least)
        return true
    }

    mutating func add(_ time: Duration) { left += perSecond * Double(time.milliseconds) / 1000 }
}
