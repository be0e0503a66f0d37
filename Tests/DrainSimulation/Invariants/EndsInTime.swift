import DrainEngine
import DrainModel
import SimulatedWorld

/// (4) Once nothing goes wrong any more, every drain finishes by its deadline and two ticks, and every instance that
/// waits for our hook has a record within two sweeps.
struct EndsInTime {
    let policy: EnginePolicy
    /// When the last disturbance ended.
    let calmSince: WorldTime

    /// Calls that failed before may rest for as long as this.
    private static let longestRest = Duration.seconds(60)

    func violation(ofOpen drains: [Drain], clockAt now: Timestamp) -> String? {
        let ticks = policy.drain.pollInterval * 2 + .seconds(5)
        let late = drains.first { drain in
            now > max(drain.deadline, Timestamp(calmSince) + Self.longestRest) + Self.longestRest + ticks
        }
        return late.map { "\($0.id) is \($0.phase) \((now - $0.deadline).brief) after its deadline" }
    }

    func violation(ofUnrecorded actions: [World.LifecycleAction], at now: WorldTime) -> String? {
        guard let interval = policy.reconcileInterval else { return nil }
        let late = actions.first {
            now - max($0.startedAt, calmSince) > interval * 2 + .seconds(10)
        }
        return late.map { "\($0.instanceID) waits, and nobody has a record of it" }
    }
}
