import DrainEngine
import DrainModel
import SimulatedWorld

/// (4) Once nothing goes wrong any more, every drain finishes by its deadline and two ticks, and every instance that
/// waits for our hook has a record within two sweeps.
struct EndsInTime {
    let policy: EnginePolicy
    /// When the last disturbance ended, and what the process's clock showed then.
    let calmSince: WorldTime
    let calmClock: Timestamp
    /// Whether there was none from the beginning.
    let isUndisturbed: Bool

    /// Calls that failed before may rest for as long as this.
    private static let longestRest = Duration.seconds(60)

    /// After much throttling the first calls come slowly, and the slower the smaller the share is: of Auto Scaling's bucket
    /// at 2 % a dozen in four minutes.
    private var recovery: Duration { .seconds(500 / policy.apiShare) }

    func violation(ofOpen drains: [Drain], clockAt now: Timestamp) -> String? {
        let ticks = policy.drain.pollInterval * 2 + .seconds(5)
        let late = drains.first { drain in
            if isUndisturbed { return now > drain.deadline + ticks }
            return now > max(drain.deadline, calmClock + Self.longestRest) + Self.longestRest + ticks
        }
        return late.map { "\($0.id) is \($0.phase) \((now - $0.deadline).brief) after its deadline" }
    }

    /// Whatever the runner knows to be taken back ends then.
    static func violation(ofOutlasting drains: [Drain]) -> String? {
        let open = drains.filter(\.isUndecided)
        let late = open.first { drain in
            open.contains { $0.instance == drain.instance && $0.takenBackAt.map { $0 < drain.deadline } ?? false }
        }
        return late.map { "\($0.id) may last longer than its instance, which EC2 takes back" }
    }

    func violation(ofUnrecorded actions: [World.LifecycleAction], at now: WorldTime) -> String? {
        guard let interval = policy.reconcileInterval else { return nil }
        let late = actions.first {
            now - max($0.startedAt, calmSince) > interval * 2 + .seconds(10) + recovery
        }
        return late.map { "\($0.instanceID) waits, and nobody has a record of it" }
    }
}
