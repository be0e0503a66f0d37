import SimulatedWorld

/// Every instance of the group is replaced, as for a new AMI: a batch of new ones is launched, and when their ECS agents
/// have registered, as many old ones are terminated; when those are gone, the next batch follows.
struct RollingReplacement: GroupChange {
    private let group: String
    private let batch: Int
    private let size: Int
    /// The old ones whose turn has not come; nil until it has begun.
    private var waiting: [String]?
    private var ending: [String] = []

    init(of group: String, size: Int, batch: Int) {
        self.group = group
        self.size = size
        self.batch = batch
    }

    mutating func proceed(in world: inout World) throws(World.Failure) -> Bool {
        let members = world.members(ofGroup: group).map(\.instanceID)
        guard ending.allSatisfy({ !members.contains($0) }) else { return false }
        let old = waiting ?? members
        let next = Array(old.prefix(batch))
        if next.isEmpty { return true }
        let capacity = size + next.count
        if try world.autoScalingGroup(named: group).desiredCapacity < capacity {
            try world.setDesiredCapacity(capacity, ofGroup: group)
        }
        waiting = old
        let ready = world.instanceStatuses.count {
            $0.lifecycleState == .inService && $0.containerInstanceStatus == .active
        }
        guard ready >= capacity else { return false }
        for instance in next {
            _ = try world.terminateInstanceInAutoScalingGroup(
                instanceID: instance, shouldDecrementDesiredCapacity: true)
        }
        waiting = Array(old.dropFirst(batch))
        ending = next
        return false
    }
}
