extension World {
    /// A row of a status display.
    public struct InstanceStatus: Hashable, Sendable {
        public let instanceID: String
        public let lifecycleState: LifecycleState
        /// Nil while it is not registered with a cluster.
        public let containerInstanceStatus: ContainerInstance.Status?
        /// Not STOPPED, in order of creation.
        public let tasks: [TaskStatus]
    }

    public struct TaskStatus: Hashable, Sendable {
        /// The service's name; nil: standalone.
        public let service: String?
        public let lastStatus: Task.Status
        public let isInService: Bool
        /// The state of its target, if it has one.
        public let target: TargetState?
    }

    /// Every instance of every group and its warm pool that is not Terminated, in order of launch; for services, see
    /// ``serviceTruths``.
    public var instanceStatuses: [InstanceStatus] {
        autoScalingGroups.flatMap { $0.members + $0.warmMembers }.sorted().map { id in
            let host = self[id].containerInstance.map { self[$0] }
            return InstanceStatus(
                instanceID: self[id].instanceID, lifecycleState: self[id].lifecycleState,
                containerInstanceStatus: host?.status,
                tasks: (host.map { tasks(on: $0) } ?? []).filter { $0.lastStatus != .stopped }.map(status))
        }
    }

    private func status(of task: Task) -> TaskStatus {
        TaskStatus(
            service: task.service.map { self[$0].name }, lastStatus: task.lastStatus,
            isInService: task.service == nil ? task.isProcessAlive : isInService(task),
            target: task.targets.first.flatMap { target(at: $0)?.state })
    }
}
