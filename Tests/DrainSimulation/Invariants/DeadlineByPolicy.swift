import DrainModel
import SimulatedWorld

/// (1) A drain's deadline is not earlier than the policy says: its timeout after it was accepted, unless Auto Scaling's
/// own limit comes before, or EC2 takes the instance back.
struct DeadlineByPolicy {
    let policy: DrainPolicy

    /// How far the process's clock may be from the world's.
    let clockError: Duration

    /// - Parameter timeout: of an action's hook, the shortest that it has had.
    func violation(of drain: Drain, in world: World, timeout: (World.LifecycleAction) -> Duration) -> String? {
        guard drain.deadline < drain.acceptedAt + policy.drainTimeout else { return nil }
        let limits = actions(of: drain, in: world).map { action in
            Timestamp(action.startedAt)
                + LifecycleHookTiming(
                    heartbeatTimeoutSeconds: Int(timeout(action).components.seconds)
                ).globalTimeout - policy.limitMargin
        }
        let takings = world.spotInterruptions.filter { $0.instanceID == drain.instance.rawValue }
            .map { Timestamp($0.warnedAt) + policy.spotNotice }
        guard let earliest = (limits + takings).min(), drain.deadline >= earliest - clockError else {
            return "\(drain.id) has a deadline \((drain.deadline - drain.acceptedAt).brief) after it was accepted, and "
                + "a timeout of \(policy.drainTimeout.brief)"
        }
        return nil
    }

    private func actions(of drain: Drain, in world: World) -> [World.LifecycleAction] {
        guard let action = drain.action else { return [] }
        return world.lifecycleActions.filter {
            $0.instanceID == action.instance.rawValue && $0.hook == action.lifecycleHook.rawValue
        }
    }
}
