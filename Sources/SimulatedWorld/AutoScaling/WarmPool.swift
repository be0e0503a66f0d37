extension World {
    /// A warm pool that takes instances back on scale-in (`InstanceReusePolicy` with `ReuseOnScaleIn`) and gives them
    /// out again before anything is launched (Amazon EC2 Auto Scaling user guide, "Warm pools").
    public struct WarmPool: Hashable, Sendable {
        public var state: State

        /// What an instance does in the pool: `PoolState`.
        public enum State: String, Hashable, Sendable {
            case stopped = "Stopped"
            case running = "Running"
        }

        public init(state: State = .stopped) { self.state = state }
    }

    /// `PutWarmPool`; nil is `DeleteWarmPool` as far as later scale-ins go.
    public mutating func setWarmPool(_ pool: WarmPool?, ofGroup name: String) throws(Failure) {
        autoScalingGroups[try groupIndex(name)].warmPool = pool
    }

    /// The instances in a group's warm pool, or on their way there, in order of launch: `DescribeWarmPool`. They are
    /// no members of the group.
    public func warmPoolMembers(ofGroup name: String) -> [Instance] {
        groupsByName[name].map { group in autoScalingGroups[group].warmMembers.map { self[$0] } } ?? []
    }

    /// Leaves the group for its pool, waiting for the terminate hooks first, with Destination WarmPool.
    mutating func beginReturn(of id: Instance.ID, toPoolOfGroup group: Int) {
        supersedeActions(of: id)
        autoScalingGroups[group].members.removeSorted(id)
        autoScalingGroups[group].warmMembers.insertSorted(id)
        if beginActions(.terminating, of: id, from: .autoScalingGroup, to: .warmPool) {
            instanceTable[id.number].lifecycleState = .warmedPendingWait
        } else {
            beginWarming(of: id)
        }
    }

    /// All hooks have answered.
    mutating func beginWarming(of id: Instance.ID) {
        instanceTable[id.number].lifecycleState = .warmedPendingProceed
        schedule(.instanceWarms(id), after: timings.proceed)
    }

    mutating func finishWarming(of id: Instance.ID) {
        guard self[id].lifecycleState == .warmedPendingProceed, let group = groupsByName[self[id].group] else { return }
        if autoScalingGroups[group].warmPool?.state == .running {
            instanceTable[id.number].lifecycleState = .warmedRunning
        } else {
            instanceTable[id.number].lifecycleState = .warmedStopped
            killMachine(id, as: .stopping)
        }
        balance(group)
    }

    /// The oldest of the pool comes back; its launch hooks see Origin WarmPool.
    mutating func takeFromPool(ofGroup group: Int) -> Instance.ID? {
        guard let id = autoScalingGroups[group].warmMembers.first(where: { isReady(self[$0]) }) else { return nil }
        autoScalingGroups[group].warmMembers.removeSorted(id)
        autoScalingGroups[group].members.insertSorted(id)
        instanceTable[id.number].lifecycleState = .pending
        instanceTable[id.number].comesFromPool = true
        if !self[id].isAlive {
            instanceTable[id.number].diedAt = nil
            instanceTable[id.number].ec2State = .pending
        }
        schedule(.instanceBoots(id), after: timings.boot)
        return id
    }

    private func isReady(_ instance: Instance) -> Bool {
        switch (instance.lifecycleState, instance.ec2State) {
        case (.warmedStopped, .stopping), (.warmedStopped, .stopped), (.warmedRunning, .running): true
        default: false
        }
    }
}
