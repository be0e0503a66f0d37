extension World {
    /// A rolling replacement of all instances of a group, launching before terminating: a batch of new ones is
    /// launched, then as many old ones are terminated, until all are new. (Amazon EC2 Auto Scaling user guide,
    /// "Instance refresh", with a maximum healthy percentage above 100.)
    public struct InstanceRefresh: Hashable, Sendable {
        public let id: String
        public let startedAt: WorldTime
        public internal(set) var status: Status
        let batchSize: Int
        /// The members when it began.
        let old: [Instance.ID]
        /// Launched beyond the desired capacity, until as many old ones are terminating.
        var surplus = 0

        public enum Status: String, Hashable, Sendable {
            case inProgress = "InProgress"
            case successful = "Successful"
        }
    }

    /// `StartInstanceRefresh`.
    @discardableResult
    public mutating func startInstanceRefresh(ofGroup name: String, batchSize: Int = 1) throws(Failure) -> String {
        let group = try groupIndex(name)
        guard autoScalingGroups[group].refresh?.status != .inProgress else {
            throw Failure(
                "InstanceRefreshInProgress", "An Instance Refresh is already in progress and blocks the execution.")
        }
        let refresh = InstanceRefresh(
            id: random.uuid(), startedAt: now, status: .inProgress, batchSize: max(1, batchSize),
            old: autoScalingGroups[group].members.filter { !self[$0].lifecycleState.isTerminating })
        autoScalingGroups[group].refresh = refresh
        advanceRefresh(ofGroup: group)
        return refresh.id
    }

    /// To be called when an instance of the group has come or gone.
    mutating func advanceRefresh(ofGroup group: Int) {
        guard let refresh = autoScalingGroups[group].refresh, refresh.status == .inProgress else { return }
        let left = refresh.old.filter { self[$0].lifecycleState != .terminated }
        let remaining = left.filter { !self[$0].lifecycleState.isTerminating }
        if left.isEmpty {
            autoScalingGroups[group].refresh?.status = .successful
        } else if left.count == remaining.count && refresh.surplus == 0 {
            autoScalingGroups[group].refresh?.surplus = min(refresh.batchSize, remaining.count)
            balance(group)
        } else if refresh.surplus > 0, isReady(refresh, inGroup: group) {
            autoScalingGroups[group].refresh?.surplus = 0
            for id in remaining.prefix(refresh.surplus) { beginTermination(of: id) }
        }
    }

    /// Whether all the new ones serve: InService, and registered with ECS if they are to be.
    private func isReady(_ refresh: InstanceRefresh, inGroup group: Int) -> Bool {
        let newcomers = autoScalingGroups[group].members.filter {
            !refresh.old.containsSorted($0) && !self[$0].lifecycleState.isTerminating
        }
        return newcomers.count >= refresh.surplus
            && newcomers.allSatisfy { id in
                self[id].lifecycleState == .inService
                    && (autoScalingGroups[group].cluster == nil || self[id].containerInstance != nil)
            }
    }
}
