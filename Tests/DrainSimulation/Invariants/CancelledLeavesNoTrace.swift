import DrainModel
import SimulatedWorld

/// (4) What an operator has called off, and draind had set DRAINING, is ACTIVE again once all is calm, unless another
/// drain needs it, or somebody else has set it DRAINING.
struct CancelledLeavesNoTrace {
    /// Container instances that others have set DRAINING.
    let drainedByOthers: Set<ContainerInstanceARN>

    func violation(of drains: [Drain], in world: World) -> String? {
        let cancelled = drains.filter { $0.outcome == .cancelled && $0.drainingSetByUs }
        let late = cancelled.first { drain in
            !drains.contains { $0.instance == drain.instance && $0.outcome != .cancelled }
                && !world.spotInterruptions.contains { $0.instanceID == drain.instance.rawValue }
                && world.registrations(of: drain.instance).contains {
                    $0.status == .draining && !drainedByOthers.contains(ContainerInstanceARN($0.arn))
                }
        }
        return late.map { "\($0.id) is called off, and its instance is left DRAINING" }
    }
}
