import SimulatedWorld

/// (3) While the process is up and AWS answers, no action that it has a record of is left alone for more than three
/// quarters of its heartbeat timeout; so none expires.
///
/// What is not draind's doing is taken out: a gap is measured from the end of the last disturbance on. Where one replica
/// has to take over from another, that may take fifteen seconds from half of the timeout on.
struct HeartbeatGaps {
    private var watched: [Int: Watch] = [:]

    private struct Watch {
        let timeout: Duration
        var since: WorldTime
        /// Whether another replica has to take over.
        var isPassedOn = false

        var longest: Duration {
            let ordinary = timeout * 3 / 4
            return isPassedOn ? max(ordinary, timeout / 2 + Takeover.longest) : ordinary
        }
    }

    /// The process, which is up, has the record of this action.
    mutating func begin(
        _ action: World.LifecycleAction, timeout: Duration, isPassedOn: Bool, at now: WorldTime
    ) {
        guard action.completion == nil, watched[action.id.number] == nil else { return }
        watched[action.id.number] = Watch(timeout: timeout, since: now, isPassedOn: isPassedOn)
    }

    /// Auto Scaling took a heartbeat, or the action has ended. Who sent it may be gone by now.
    mutating func violation(
        after action: World.LifecycleAction, isPassedOn: Bool, at now: WorldTime
    ) -> String? {
        guard let watch = watched[action.id.number] else { return nil }
        let next = Watch(timeout: watch.timeout, since: now, isPassedOn: isPassedOn)
        watched[action.id.number] = action.completion == nil ? next : nil
        let gap = now - watch.since
        guard gap > watch.longest else { return nil }
        return "\(action.instanceID) had no heartbeat for \(gap) of \(watch.timeout)"
    }

    /// A call about the action was disturbed until now.
    mutating func excuse(_ action: Int, at now: WorldTime) { watched[action]?.since = now }

    /// Nobody could send heartbeats until now.
    mutating func excuseAll(at now: WorldTime) {
        for action in watched.keys { excuse(action, at: now) }
    }

    /// Who sent the heartbeats cannot go on. When that happens twice, nobody can be in time.
    mutating func passOn(at now: WorldTime) {
        for (number, watch) in watched {
            watched[number]?.isPassedOn = true
            if watch.isPassedOn { watched[number]?.since = now }
        }
    }

    /// An operator has called it off, or the process has ended.
    mutating func forget(_ action: Int) { watched[action] = nil }
    mutating func forgetAll() { watched = [:] }
}
