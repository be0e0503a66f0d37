import DrainEngine
import DrainModel

/// (4) Before EC2 takes a Spot instance back, every standalone task on it is told to stop, unless those are to be ignored.
///
/// It is asked of runs in which nothing goes wrong, and where there was time for it.
struct StandaloneTasksInTime {
    let policy: EnginePolicy
    let isCalm: Bool

    /// Below this share (of 100), looks may take longer than the last minute.
    private static let leastShare = 10

    func violation(of drain: Drain) -> String? {
        guard isCalm, policy.apiShare >= Self.leastShare, policy.drain.standaloneTasks != .ignore,
            drain.outcome == .timedOut, drain.deadline == drain.takenBackAt, drain.action == nil,
            drain.acceptedAt + policy.drain.standaloneTaskLead <= drain.deadline, drain.location != nil
        else { return nil }
        let task = drain.tasks.first { $0.service == nil && !$0.isStopped && !$0.isToldToStop }
        return task.map { "\(drain.id): \($0.arn) was not told to stop before EC2 took the instance back" }
    }
}
