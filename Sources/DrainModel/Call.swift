/// A change that a decision asks for at AWS. Each is idempotent there, or guarded by what the last look showed.
public enum Call: Hashable, Sendable {
    case setDraining(DrainID, Drain.Location)
    /// Undoes our own DRAINING.
    case setActive(DrainID, Drain.Location)
    /// With force: its tasks are forgotten, and replaced at once.
    case deregister(DrainID, Drain.Location)
    case stopTask(DrainID, ClusterName, TaskARN)
    case recordHeartbeat(DrainID, LifecycleAction)
    case complete(DrainID, LifecycleAction, LifecycleActionResult)

    public var drain: DrainID {
        switch self {
        case .setDraining(let id, _), .setActive(let id, _), .deregister(let id, _), .stopTask(let id, _, _),
            .recordHeartbeat(let id, _), .complete(let id, _, _):
            id
        }
    }

    /// AWS's name of the operation.
    public var operation: String {
        switch self {
        case .setDraining, .setActive: "UpdateContainerInstancesState"
        case .deregister: "DeregisterContainerInstance"
        case .stopTask: "StopTask"
        case .recordHeartbeat: "RecordLifecycleActionHeartbeat"
        case .complete: "CompleteLifecycleAction"
        }
    }
}

/// What became of a ``Call``.
public enum CallAnswer: Hashable, Sendable {
    case done
    /// "No active Lifecycle Action found": Auto Scaling does not wait for this action (any more).
    case noActiveAction
    /// AWS said no: it was not carried out. The text is for people.
    case refused(String, isThrottling: Bool = false)
    /// ECS knows no such container instance any more, and says why: it was not carried out, and never will be.
    case notFound(String)
    /// Nobody knows whether it was carried out: no answer came, or a server error.
    case unanswered(String)
    /// A dry run: it was not sent.
    case withheld
}
