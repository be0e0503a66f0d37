/// The judge: whether an instance was drained when its action was completed with CONTINUE, by the world's own state.
extension World {
    /// ECS stops daemon tasks last; a drain need not wait for them longer than this after the others.
    private static let daemonGrace = Duration.seconds(120)

    mutating func judgeCompletion(of action: LifecycleAction) {
        guard let ending = self[action.instance].ending else { return }
        let findings = unmetConditions(of: action.instance, endings[ending].services)
        violations += findings.map { kind, subject, detail in
            Violation(
                at: now, instanceID: action.instanceID, hook: action.hook, kind: kind, subject: subject,
                detail: detail)
        }
    }

    typealias Finding = (kind: Violation.Kind, subject: String, detail: String)

    /// What stands against calling an instance drained whose end began with tasks of these services on it.
    func unmetConditions(of instance: Instance.ID, _ services: [Service.ID]) -> [Finding] {
        let host = self[instance].containerInstance
        return unstoppedTasks(on: host) + services.flatMap { shortfalls(of: $0, without: host) }
    }

    private func unstoppedTasks(on host: ContainerInstance.ID?) -> [Finding] {
        guard let host else { return [] }
        let tasks = tasks(on: self[host])
        let others = tasks.filter { !isDaemon($0) }
        let othersStoppedAt = others.allSatisfy { $0.stoppedAt != nil } ? others.compactMap(\.stoppedAt).max() : nil
        return tasks.compactMap { task in
            if task.lastStatus == .stopped { return nil }
            if isDaemon(task), let othersStoppedAt, now - othersStoppedAt >= Self.daemonGrace { return nil }
            let kind = task.service == nil ? Violation.Kind.standaloneTaskNotStopped : .taskNotStopped
            return (kind, task.arn, "\(task.group) is \(task.lastStatus.rawValue)")
        }
    }

    private func shortfalls(of id: Service.ID, without host: ContainerInstance.ID?) -> [Finding] {
        let service = self[id]
        var findings: [Finding] = []
        let healthy = service.tasks.compactMap { taskTable[$0] }.count { task in
            task.containerInstance != host && task.isProcessAlive && task.lastStatus == .running
                && (task.healthyAfter == nil || task.healthStatus == .healthy)
        }
        if healthy < service.desiredCount {
            findings.append(
                (.serviceBelowDesired, service.name, "\(healthy) of \(service.desiredCount) tasks healthy elsewhere"))
        }
        let instanceID = host.map { self[$0].ec2InstanceID }
        for group in service.targetGroupARNs.compactMap({ targetGroupsByARN[$0] }).map({ targetGroups[$0] }) {
            let healthy = group.targets.count { $0.instanceID != instanceID && $0.state == .healthy }
            if healthy < service.desiredCount {
                let detail = "\(healthy) of \(service.desiredCount) targets healthy elsewhere"
                findings.append((.targetGroupBelowDesired, group.name, detail))
            }
            for target in group.targets where target.instanceID == instanceID && target.state == .draining {
                findings.append((.targetStillDraining, group.name, "port \(target.port)"))
            }
        }
        return findings
    }
}
