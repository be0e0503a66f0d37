import SimulatedWorld

/// (3) While the process is up and AWS answers, no action that it has a record of is left alone for more than three
/// quarters of its heartbeat timeout; so none expires.
///
/// What is not draind's doing is taken out: a gap is measured from the end of the last disturbance on.
struct HeartbeatGaps {
    private var watched: [Int: Watch] = [:]

    private struct Watch {
        let timeout: Duration
        var since: WorldTime
    }

    /// The process, which is up, has the record of this action.
    mutating func begin(_ action: World.LifecycleAction, timeout: Duration, at now: WorldTime) {
        guard action.completion == nil, watched[action.id.number] == nil else { return }
        watched[action.id.number] = Watch(timeout: timeout, since: now)
    }

    /// Auto Scaling took a heartbeat, or the action has ended.
    mutating func violation(after action: World.LifecycleAction, at now: WorldTime) -> String? {
        guard let watch = watched[action.id.number] else { return nil }
        if action.completion != nil { watched[action.id.number] = nil } else { watched[action.id.number]?.since = now }
        let gap = now - watch.since
        guard gap * 4 > watch.timeout * 3 else { return nil }
        return "\(action.instanceID) had no heartbeat for \(gap) of \(watch.timeout)"
    }

    /// A call about the action was disturbed until now.
    mutating func excuse(_ action: Int, at now: WorldTime) { watched[action]?.since = now }

    /// An operator has called it off, or the process has ended.
    mutating func forget(_ action: Int) { watched[action] = nil }
    mutating func forgetAll() { watched = [:] }
}
