/// Task scale-in protection (Amazon ECS API, UpdateTaskProtection): guards a service's task from scale-in and from
/// deployments, not from the draining of its instance.
extension World {
    /// An entry of `protectedTasks`.
    public struct TaskProtection: Hashable, Sendable {
        public let taskARN: String
        public let isEnabled: Bool
        public let expiresAt: WorldTime?
    }

    /// `UpdateTaskProtection`, at most 10.
    ///
    /// - Parameter minutes: `expiresInMinutes`, 1 to 2880; AWS's default is 120.
    public mutating func updateTaskProtection(
        _ names: [String], cluster clusterName: String?, isEnabled: Bool, expiresInMinutes minutes: Int = 120
    ) throws(Failure) -> (protections: [TaskProtection], failures: [ResourceFailure]) {
        guard (1...10).contains(names.count), (1...2880).contains(minutes) else {
            throw Failure("InvalidParameterException", "Tasks: 1 to 10; expiresInMinutes: 1 to 2880.")
        }
        let (known, failures) = serviceTasks(names, in: try cluster(clusterName))
        let until = now + .seconds(60 * minutes)
        for task in known {
            taskTable[task.id]?.protectedUntil = isEnabled ? until : nil
            if isEnabled {
                schedule(.protectionEnds(task.id), after: until - now)
            } else if let service = task.service {
                wake(service)
            }
        }
        return (known.map { protection(of: $0.id) }, failures)
    }

    /// `GetTaskProtection`, at most 100.
    public func getTaskProtection(
        _ names: [String], cluster clusterName: String?
    ) throws(Failure) -> (protections: [TaskProtection], failures: [ResourceFailure]) {
        guard (1...100).contains(names.count) else {
            throw Failure("InvalidParameterException", "Tasks: 1 to 100.")
        }
        let (known, failures) = serviceTasks(names, in: try cluster(clusterName))
        return (known.map { protection(of: $0.id) }, failures)
    }

    private func serviceTasks(_ names: [String], in cluster: Cluster) -> ([Task], [ResourceFailure]) {
        var found: [Task] = []
        var failures: [ResourceFailure] = []
        for name in names {
            guard let task = task(name, in: cluster), task.lastStatus != .stopped else {
                failures.append(ResourceFailure(arn: name, reason: "MISSING", detail: nil))
                continue
            }
            if task.service == nil {
                failures.append(ResourceFailure(arn: task.arn, reason: "TASK_NOT_VALID", detail: nil))
            } else {
                found.append(task)
            }
        }
        return (found, failures)
    }

    private func protection(of id: Task.ID) -> TaskProtection {
        let task = taskTable[id]
        let isEnabled = task.map { isProtected($0) } ?? false
        return TaskProtection(
            taskARN: task?.arn ?? "", isEnabled: isEnabled, expiresAt: isEnabled ? task?.protectedUntil : nil)
    }

    func isProtected(_ task: Task) -> Bool { task.protectedUntil.map { $0 > now } ?? false }

    mutating func noteProtectionEnd(of id: Task.ID) {
        if let task = taskTable[id], !isProtected(task), let service = task.service { wake(service) }
    }
}
