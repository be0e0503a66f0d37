/// The operations of ECS on tasks and container instances, by AWS's names.
extension World {
    /// `RunTask`: standalone tasks; fewer than `count` (down to none) when there is no room.
    public mutating func runTask(
        taskDefinition: String, cluster clusterName: String?, count: Int = 1, startedBy: String? = nil
    ) throws(Failure) -> [Task] {
        let index = try clusterIndex(clusterName)
        let definition = try self.taskDefinition(taskDefinition)
        var started: [Task] = []
        var load: [ContainerInstance.ID: Int] = [:]
        for _ in 0..<count {
            guard let place = place(definition, in: clusters[index], load: load) else { break }
            load[place, default: 0] += 1
            let id = startTask(definition, on: place, service: nil, startedBy: startedBy)
            if let task = taskTable[id] { started.append(task) }
        }
        return started
    }

    /// `StopTask`. A service replaces what it lacks.
    @discardableResult
    public mutating func stopTask(_ name: String, cluster: String?, reason: String? = nil) throws(Failure) -> Task {
        guard let task = task(name, in: try self.cluster(cluster)) else {
            throw Failure("InvalidParameterException", "The referenced task was not found.")
        }
        beginStop(of: task.id, code: "UserInitiated", reason: reason ?? "Task stopped by user")
        if let service = task.service { wake(service) }
        return taskTable[task.id] ?? task
    }

    /// `UpdateContainerInstancesState`, at most 10: those that have that state now, and a failure for each other.
    public mutating func updateContainerInstancesState(
        _ names: [String], cluster clusterName: String?, status: ContainerInstance.Status
    ) throws(Failure) -> (changed: [ContainerInstance], failures: [ResourceFailure]) {
        let cluster = try cluster(clusterName)
        guard status != .inactive else {
            throw Failure("InvalidParameterException", "Container instance status should be one of [ACTIVE,DRAINING]")
        }
        guard (1...10).contains(names.count) else {
            throw Failure("InvalidParameterException", "instanceIds can have at most 10 items.")
        }
        var changed: [ContainerInstance] = []
        var failures: [ResourceFailure] = []
        for name in names {
            if let fault = entryFault(of: name) {
                failures.append(fault)
                continue
            }
            switch containerInstance(name, in: cluster) {
            case nil: failures.append(ResourceFailure(arn: name, reason: "MISSING", detail: nil))
            case let known? where known.status == .inactive:
                failures.append(ResourceFailure(arn: known.arn, reason: "INACTIVE", detail: nil))
            case let known?:
                setState(status, of: known.id)
                changed.append(self[known.id])
            }
        }
        return (changed, failures)
    }

    mutating func setState(_ status: ContainerInstance.Status, of id: ContainerInstance.ID) {
        guard self[id].status != status else { return }
        containerInstanceTable[id.number].status = status
        containerInstanceTable[id.number].drainingSince = status == .draining ? now : nil
        noteChange(of: id)
        wakeServices(ofCluster: self[id].clusterIndex)
    }

    /// `DeregisterContainerInstance`. Forced, ECS forgets its tasks (their containers live on as orphans, their
    /// targets are deregistered, their services start others at once); not forced, it must have no task.
    @discardableResult
    public mutating func deregisterContainerInstance(
        _ name: String, cluster clusterName: String?, force: Bool
    ) throws(Failure) -> ContainerInstance {
        guard let known = containerInstance(name, in: try cluster(clusterName)), known.status != .inactive else {
            throw Failure("InvalidParameterException", "Referenced container instance \(name) not found.")
        }
        guard force || known.tasks.isEmpty else {
            throw Failure("InvalidParameterException", "Found running tasks on the instance.")
        }
        giveUp(known.id, reason: "Container instance \(known.arn) deregistered.")
        return self[known.id]
    }

    /// An entry of `failures` in an answer with status 200.
    public struct ResourceFailure: Hashable, Sendable {
        public let arn: String
        /// `MISSING`, `INACTIVE`.
        public let reason: String
        public let detail: String?
    }
}
