import DrainEngine
import DrainModel
import SimulatedWorld

/// (4) Half a minute before EC2 takes a Spot instance back, every standalone task on it has been told to stop, by
/// whichever of its drains, unless those are to be ignored.
///
/// It is asked of runs in which nothing goes wrong, and where there was time for it.
struct StandaloneTasksInTime {
    let policy: EnginePolicy

    /// Below this share (of 100), looks may take longer than the last minute.
    private static let leastShare = 10
    /// What one look needs, or comes after it.
    private static let allowance = Duration.seconds(30)

    func violation(of drains: [Drain], in world: World, at now: WorldTime) -> String? {
        guard policy.apiShare >= Self.leastShare, policy.drain.standaloneTasks != .ignore else { return nil }
        for drain in drains where drain.isUndecided && drain.location != nil && drain.mayBeStopped {
            guard let takenBackAt = drain.takenBackAt, Timestamp(now) >= takenBackAt - Self.allowance,
                drain.acceptedAt <= takenBackAt - policy.drain.standaloneTaskLead - Self.allowance
            else { continue }
            // What has ended with its machine need not be told, whatever ECS shows.
            guard world.describeInstances([drain.instance.rawValue]).first?.ec2State == .running else { continue }
            let tasks = world.registrations(of: drain.instance).flatMap { world.tasks(on: $0) }
            let left = tasks.first { task in
                task.service == nil && task.desiredStatus == .running && task.lastStatus == .running
                    && Timestamp(task.createdAt) <= takenBackAt - policy.drain.standaloneTaskLead
            }
            if let left { return "\(drain.id): \(left.arn) is not told to stop, and EC2 soon takes the instance back" }
        }
        return nil
    }
}

extension Drain {
    /// Whether what Auto Scaling told is confirmed, if it is by that that it is here.
    fileprivate var mayBeStopped: Bool { action == nil || isConfirmed }
}
