/// The judge: whether an instance was drained when its action was completed with CONTINUE, by what AWS would have shown
/// at that moment; but what has ended with its machine has ended, though ECS shows it as RUNNING.
extension World {
    mutating func judgeCompletion(of action: LifecycleAction) {
        noteDrained()
        guard let unmet = unmetConditions(of: action.instance) else { return }
        violations += (unmet.tasks + unmet.services).map { finding in
            Violation(
                at: now, instanceID: action.instanceID, hook: action.hook, kind: finding.kind,
                subject: finding.subject, detail: finding.detail)
        }
    }

    /// What stands against calling an instance drained right now; nil for one that never waited for a terminate hook.
    public func unmetConditions(ofInstance instanceID: String) -> UnmetConditions? {
        instancesByID[instanceID].flatMap { unmetConditions(of: $0) }
    }

    /// What these services, whether or not it has to do with the end of that instance, lack without it.
    public func unmetConditions(
        ofServices names: Set<String>, in cluster: String, withoutInstance instanceID: String
    ) -> [UnmetConditions.Finding] {
        guard let instance = instancesByID[instanceID] else { return [] }
        var found: [Unmet] = []
        for service in clusters.filter({ $0.name == cluster }).flatMap(services) where names.contains(service.name) {
            addShortfalls(of: service.id, without: instance, to: &found)
        }
        return found.map { worded($0) }
    }

    /// The last moment at which the services of that instance had on other instances what they desire: ``now`` if
    /// they have it, nil if they never had since the instance began to wait.
    public func servicesLastHeldAt(ofInstance instanceID: String) -> WorldTime? {
        guard let index = instancesByID[instanceID].flatMap({ self[$0].ending }) else { return nil }
        let ending = judged(endings[index])
        return ending.servicesHold ? ending.completedAt ?? now : ending.servicesLastHeldAt
    }

    private func unmetConditions(of instance: Instance.ID) -> UnmetConditions? {
        guard let index = self[instance].ending else { return nil }
        let ending = judged(endings[index])
        return UnmetConditions(
            tasks: unstoppedTasks(of: ending).map { worded($0) },
            services: unmetByServices(of: ending).map { worded($0) })
    }

    /// What stands against calling an instance drained, before it is put into words.
    enum Unmet {
        case taskNotStopped(Task.ID)
        case serviceBelowDesired(Service.ID, healthy: Int)
        case targetGroupBelowDesired(Int, healthy: Int, desired: Int)
        case targetStillDraining(Int, port: Int)
    }

    /// On a machine that does not run nothing runs, whatever ECS shows; in its books a stopped machine's tasks stay RUNNING.
    func unstoppedTasks(of ending: Ending) -> [Unmet] {
        guard self[ending.instance].isAlive else { return [] }
        let isGraceOver = ending.onlyDaemonsSince.map { now - $0 >= drainRules.daemonGrace } ?? false
        var found: [Unmet] = []
        for host in self[ending.instance].containerInstances {
            for task in self[host].tasks where isWaitedForFirst(task) || (!isGraceOver && isDaemon(task)) {
                found.append(.taskNotStopped(task))
            }
        }
        return found
    }

    func unmetByServices(of ending: Ending) -> [Unmet] {
        var found: [Unmet] = []
        for service in ending.services { addShortfalls(of: service, without: ending.instance, to: &found) }
        return found
    }

    private func addShortfalls(of id: Service.ID, without instance: Instance.ID, to findings: inout [Unmet]) {
        let desired = self[id].desiredCount
        let healthy = self[id].healthyTasks.elsewhere(than: instance)
        if healthy < desired { findings.append(.serviceBelowDesired(id, healthy: healthy)) }
        for group in self[id].balancers {
            let healthy = balancers[group].healthyTargets.elsewhere(than: instance)
            if healthy < desired {
                findings.append(.targetGroupBelowDesired(group, healthy: healthy, desired: desired))
            }
            guard balancers[group].drainingTargets.at(instance) > 0 else { continue }
            for target in balancers[group].targets where target.instance == instance && target.state == .draining {
                findings.append(.targetStillDraining(group, port: target.port))
            }
        }
    }

    private func worded(_ unmet: Unmet) -> UnmetConditions.Finding {
        switch unmet {
        case .taskNotStopped(let id):
            let task = taskTable[id]
            return .init(
                kind: task?.service == nil ? .standaloneTaskNotStopped : .taskNotStopped, subject: task?.arn ?? "",
                detail: task.map { "\($0.group) is \($0.lastStatus.rawValue)" } ?? "")
        case .serviceBelowDesired(let id, let healthy):
            return .init(
                kind: .serviceBelowDesired, subject: self[id].name,
                detail: "\(healthy) of \(self[id].desiredCount) tasks healthy elsewhere")
        case .targetGroupBelowDesired(let group, let healthy, let desired):
            return .init(
                kind: .targetGroupBelowDesired, subject: balancers[group].name,
                detail: "\(healthy) of \(desired) targets healthy elsewhere")
        case .targetStillDraining(let group, let port):
            return .init(kind: .targetStillDraining, subject: balancers[group].name, detail: "port \(port)")
        }
    }

    // MARK: Health

    /// RUNNING and to stay so, HEALTHY if its container is checked: by what AWS shows, for a drain cannot know better.
    /// A process that has died unheard of is nobody's fault.
    private func isHealthyToJudge(_ task: Task) -> Bool {
        task.lastStatus == .running && task.desiredStatus == .running
            && (!task.isHealthChecked || task.healthStatus == .healthy)
    }

    mutating func refreshHealth(of task: Task, of service: Service.ID) {
        let isHealthy = isHealthyToJudge(task)
        guard isHealthy != task.isCountedHealthy else { return }
        taskTable[task.id]?.isCountedHealthy = isHealthy
        serviceTable[service.number].healthyTasks.add(isHealthy ? 1 : -1, at: self[task.containerInstance].instance)
        markStale(endingsWith: service)
    }
}
