/// ECS managed instance draining: ECS puts a terminate hook of its own on a capacity provider's group, sets the
/// instance DRAINING and completes its action by itself (Amazon ECS developer guide, "Safely stop Amazon ECS workloads
/// running on EC2 instances"). Other hooks wait beside it.
extension World {
    public static let managedDrainingHook = "ecs-managed-draining-termination-hook"

    /// `managedDraining` ENABLED on the group's capacity provider: heartbeat timeout 3600 s, default result CONTINUE.
    public mutating func enableManagedDraining(ofGroup name: String) throws(Failure) {
        try putLifecycleHook(LifecycleHook(name: Self.managedDrainingHook, group: name, defaultResult: .continue))
    }

    /// ECS hears of the action through EventBridge, and looks again until nothing but daemon tasks is left.
    mutating func advanceManagedDraining(_ id: LifecycleAction.ID) {
        let action = lifecycleActions[id.number]
        guard action.completion == nil else { return }
        let hosts = self[action.instance].containerInstances.filter { self[$0].status != .inactive }
        for host in hosts where self[host].status == .active { setState(.draining, of: host) }
        if hosts.allSatisfy({ host in self[host].tasks.allSatisfy { isDaemon($0) } }) {
            end(id, result: .continue, cause: .managedDraining)
        } else {
            lifecycleActions[id.number].deadline = min(now + action.heartbeatTimeout, action.globalDeadline)
            schedule(.managedDrainingLooks(id), after: timings.managedDrainingInterval)
        }
    }
}
