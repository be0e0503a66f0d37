import DrainEngine
import DrainModel
import SimulatedWorld

/// (4) Before EC2 takes a Spot instance back, every standalone task on it is told to stop, by whichever of its drains,
/// unless those are to be ignored.
///
/// It is asked of runs in which nothing goes wrong, and where there was time for it.
struct StandaloneTasksInTime {
    let policy: EnginePolicy
    let isCalm: Bool

    /// Below this share (of 100), looks may take longer than the last minute.
    private static let leastShare = 10

    func violation(of drain: Drain, in world: World) -> String? {
        guard isCalm, policy.apiShare >= Self.leastShare, policy.drain.standaloneTasks != .ignore,
            drain.outcome == .timedOut, drain.deadline == drain.takenBackAt, drain.action == nil,
            drain.acceptedAt + policy.drain.standaloneTaskLead <= drain.deadline, drain.location != nil
        else { return nil }
        // What has ended with its machine need not be told, whatever ECS shows.
        guard world.describeInstances([drain.instance.rawValue]).first?.ec2State == .running else { return nil }
        let seen = drain.tasks.filter { $0.service == nil && !$0.isStopped }
        let tasks = world.clusters.flatMap { cluster in seen.compactMap { world.task($0.arn.rawValue, in: cluster) } }
        let task = tasks.first { $0.desiredStatus == .running }
        return task.map { "\(drain.id): \($0.arn) was not told to stop before EC2 took the instance back" }
    }
}
