/// A change that a decision asks for at AWS. Each is idempotent there, or guarded by what the last look showed.
public enum Call: Hashable, Sendable {
    case setDraining(DrainID, Drain.Location)
    case stopTask(DrainID, ClusterName, TaskARN)
    case recordHeartbeat(DrainID, LifecycleAction)
    case complete(DrainID, LifecycleAction, LifecycleActionResult)

    public var drain: DrainID {
        switch self {
        case .setDraining(let id, _), .stopTask(let id, _, _), .recordHeartbeat(let id, _), .complete(let id, _, _): id
        }
    }

    /// AWS's name of the operation.
    public var operation: String {
        switch self {
        case .setDraining: "UpdateContainerInstancesState"
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
    /// AWS said no, or gave no answer: it may or may not have been carried out. The text is for people.
    case failed(String)
}
