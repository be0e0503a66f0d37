import DrainModel
import SimulatedWorld

/// One demo: the account it begins with, what is done to the group, and what may come of it.
struct DemoPlot: Sendable {
    let scenario: DemoScenario
    let account: World.Scenario
    let change: any GroupChange
    /// How many instances are to be drained.
    let drains: Int
    let drainTimeout: Duration
    /// One line: what is done.
    let summary: String

    /// How many draind there are.
    var replicas: Int { scenario == .replicas ? 2 : 1 }
    /// Of the hook. Auto Scaling's least, but where nobody decides for a while: a heartbeat that was due just then comes
    /// when the lease of the one that was killed has run out.
    var heartbeatTimeout: Duration { scenario == .replicas ? .seconds(60) : .seconds(30) }

    /// Why the stuck one is stuck: it may have neither more tasks than it wants nor fewer.
    static let stuckService = "billing"
}

extension DemoPlot {
    static func scaleIn(_ account: World.Scenario, by count: Int, drainTimeout: Duration) -> Self {
        Self(
            scenario: .scaleIn, account: account, change: ScaleIn(group: account.autoScalingGroup, count: count),
            drains: count, drainTimeout: drainTimeout, summary: "the group scales in by \(count)")
    }

    static func replicas(_ account: World.Scenario, drainTimeout: Duration) -> Self {
        Self(
            scenario: .replicas, account: account,
            change: ScaleIn(group: account.autoScalingGroup, count: drainsOfReplicas), drains: drainsOfReplicas,
            drainTimeout: drainTimeout, summary: "the group scales in by \(drainsOfReplicas)")
    }

    static let drainsOfReplicas = 6

    static func amiUpgrade(_ account: World.Scenario, drainTimeout: Duration) -> Self {
        var account = account
        // Launching shows nothing that a newcomer wants to wait for.
        account.timings.boot = .seconds(3)
        account.timings.registration = .seconds(2)
        let batch = 2
        return Self(
            scenario: .amiUpgrade, account: account,
            change: RollingReplacement(of: account.autoScalingGroup, size: account.instances, batch: batch),
            drains: account.instances, drainTimeout: drainTimeout,
            summary: "a new AMI is rolled through all \(account.instances) instances, two at a time, new ones first")
    }

    /// One task of the stuck service on each instance, so that it does not matter which one goes.
    static func stuck(instances: Int, replacementHealthDelay: Duration, drainTimeout: Duration) -> Self {
        // Without the daemon: ECS stops it last, so here never, and it would only blur the picture.
        var account = World.Scenario.demo(instances: instances, withDaemon: false)
        account.replacementHealthDelay = replacementHealthDelay
        var stuck = World.Scenario.ServicePlan(
            definition: World.TaskDefinition(
                family: stuckService, resources: World.Resources(cpu: 128, memory: 256), startDuration: .seconds(2),
                stopDuration: .seconds(2)),
            desiredCount: instances)
        stuck.minimumHealthyPercent = 100
        stuck.maximumPercent = 100
        account.services.append(stuck)
        return Self(
            scenario: .stuck, account: account, change: ScaleIn(group: account.autoScalingGroup, count: 1), drains: 1,
            drainTimeout: drainTimeout,
            summary: "the group scales in by 1, and service \(stuckService) may run neither more nor fewer tasks than "
                + "it wants (minimumHealthyPercent = maximumPercent = 100)")
    }
}
