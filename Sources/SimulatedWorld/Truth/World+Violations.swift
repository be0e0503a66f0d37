/// The judge: whether an instance was drained when its action was completed with CONTINUE, by the world's own state.
extension World {
    /// ECS stops daemon tasks last; a drain need not wait for them longer than this after the others.
    private static let daemonGrace = Duration.seconds(120)

    mutating func judgeCompletion(of action: LifecycleAction) {
        guard let ending = self[action.instance].ending else { return }
        violations += unmetConditions(of: endings[ending]).map { finding in
            let (kind, subject, detail) = words(for: finding)
            return Violation(
                at: now, instanceID: action.instanceID, hook: action.hook, kind: kind, subject: subject,
                detail: detail)
        }
    }

    /// What stands against calling an instance drained.
    enum Finding {
        case taskNotStopped(Task.ID)
        case serviceBelowDesired(Service.ID, healthy: Int)
        case targetGroupBelowDesired(Int, healthy: Int, desired: Int)
        case targetStillDraining(Int, port: Int)
    }

    func unmetConditions(of ending: Ending) -> [Finding] {
        var findings: [Finding] = []
        addUnstoppedTasks(of: ending, to: &findings)
        for service in ending.services { addShortfalls(of: service, without: ending.instance, to: &findings) }
        return findings
    }

    private func addUnstoppedTasks(of ending: Ending, to findings: inout [Finding]) {
        guard let host = self[ending.instance].containerInstance else { return }
        var lastOtherStoppedAt: WorldTime?
        var othersHaveStopped = true
        for id in self[host].tasks where !isDaemon(id) {
            guard let stoppedAt = taskTable[id]?.stoppedAt else {
                othersHaveStopped = false
                break
            }
            lastOtherStoppedAt = max(lastOtherStoppedAt ?? stoppedAt, stoppedAt)
        }
        let isGraceOver = othersHaveStopped && lastOtherStoppedAt.map { now - $0 >= Self.daemonGrace } ?? false
        for id in self[host].tasks where taskTable[id]?.lastStatus != .stopped {
            if !isGraceOver || !isDaemon(id) { findings.append(.taskNotStopped(id)) }
        }
    }

    private func addShortfalls(of id: Service.ID, without instance: Instance.ID, to findings: inout [Finding]) {
        let desired = self[id].desiredCount
        let healthy = self[id].healthyTasks.elsewhere(than: instance)
        if healthy < desired { findings.append(.serviceBelowDesired(id, healthy: healthy)) }
        for arn in self[id].targetGroupARNs {
            guard let group = targetGroupsByARN[arn] else { continue }
            let healthy = targetGroups[group].healthyTargets.elsewhere(than: instance)
            if healthy < desired {
                findings.append(.targetGroupBelowDesired(group, healthy: healthy, desired: desired))
            }
            guard targetGroups[group].drainingTargets.at(instance) > 0 else { continue }
            for target in targetGroups[group].targets where target.instance == instance && target.state == .draining {
                findings.append(.targetStillDraining(group, port: target.port))
            }
        }
    }

    private func words(for finding: Finding) -> (kind: Violation.Kind, subject: String, detail: String) {
        switch finding {
        case .taskNotStopped(let id):
            let kind = taskTable[id]?.service == nil ? Violation.Kind.standaloneTaskNotStopped : .taskNotStopped
            guard let task = taskTable[id] else { return (kind, "", "") }
            return (kind, task.arn, "\(task.group) is \(task.lastStatus.rawValue)")
        case .serviceBelowDesired(let id, let healthy):
            let detail = "\(healthy) of \(self[id].desiredCount) tasks healthy elsewhere"
            return (.serviceBelowDesired, self[id].name, detail)
        case .targetGroupBelowDesired(let group, let healthy, let desired):
            let detail = "\(healthy) of \(desired) targets healthy elsewhere"
            return (.targetGroupBelowDesired, targetGroups[group].name, detail)
        case .targetStillDraining(let group, let port):
            return (.targetStillDraining, targetGroups[group].name, "port \(port)")
        }
    }

    // MARK: Health

    /// RUNNING and to stay so, on a living machine, HEALTHY if its container is checked: what a drain may count on.
    private func isHealthyToJudge(_ task: Task) -> Bool {
        task.isProcessAlive && task.lastStatus == .running && task.desiredStatus == .running
            && (task.healthyAfter == nil || task.healthStatus == .healthy)
    }

    mutating func refreshHealth(of task: Task, of service: Service.ID) {
        let isHealthy = isHealthyToJudge(task)
        guard isHealthy != task.isCountedHealthy else { return }
        taskTable[task.id]?.isCountedHealthy = isHealthy
        serviceTable[service.number].healthyTasks.add(isHealthy ? 1 : -1, at: self[task.containerInstance].instance)
        markStale(endingsWith: service)
    }
}
