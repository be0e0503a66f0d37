extension World {
    /// What is noted of an instance from the moment its terminate hooks begin to wait.
    struct Ending: Sendable {
        let instance: Instance.ID
        let startedAt: WorldTime
        /// Those that had a task on it since then, daemons aside, in order of creation.
        var services: [Service.ID]
        /// Since when nothing is left on it that ``DrainRules`` waits for, but daemon tasks.
        var onlyDaemonsSince: WorldTime?
        var notificationDeliveredAt: WorldTime?
        var lastReplacementHealthyAt: WorldTime?
        /// Whether its services have on other instances what they desire, and when they last had.
        var servicesHold = false
        var servicesLastHeldAt: WorldTime?
        var drainedAt: WorldTime?
        var completedAt: WorldTime?
        var result: LifecycleActionResult?
        var isStale = false
    }

    /// Every instance that ever waited for a terminate hook, in order of start.
    public var instanceTruths: [InstanceTruth] {
        endings.map { truth(of: $0) }
    }

    /// The last end of one instance; nil if it never waited for a terminate hook.
    public func instanceTruth(ofInstance instanceID: String) -> InstanceTruth? {
        instancesByID[instanceID].flatMap { self[$0].ending }.map { truth(of: endings[$0]) }
    }

    private func truth(of kept: Ending) -> InstanceTruth {
        let ending = judged(kept)
        return InstanceTruth(
            instanceID: self[ending.instance].instanceID, actionStartedAt: ending.startedAt,
            notificationDeliveredAt: ending.notificationDeliveredAt,
            lastReplacementHealthyAt: ending.lastReplacementHealthyAt, drainedAt: ending.drainedAt,
            actionCompletedAt: ending.completedAt, result: ending.result, diedAt: self[ending.instance].diedAt)
    }

    mutating func beginEnding(of id: Instance.ID) {
        // On its way to the warm pool it was called away to its end.
        if let earlier = self[id].ending, endings[earlier].completedAt == nil { finishEnding(of: id, result: .abandon) }
        let index = endings.count
        instanceTable[id.number].ending = index
        openEndings.append(index)
        endings.append(Ending(instance: id, startedAt: now, services: [], onlyDaemonsSince: leftToDaemonsSince(id)))
        for host in self[id].containerInstances {
            for task in self[host].tasks { noteTask(task, on: id) }
        }
        markStale(index)
        awaitGrace(of: index)
    }

    /// The ending of the instance answers for the task's service from now on, if it is open.
    mutating func noteTask(_ task: Task.ID, on instance: Instance.ID) {
        guard let index = self[instance].ending, endings[index].completedAt == nil,
            let service = taskTable[task]?.service, !isDaemon(service)
        else { return }
        endings[index].services.insertSorted(service)
        serviceTable[service.number].openEndings.insertSorted(index)
        markStale(index)
    }

    mutating func finishEnding(of id: Instance.ID, result: LifecycleActionResult) {
        guard let index = self[id].ending else { return }
        noteDrained()
        endings[index].completedAt = now
        endings[index].result = result
        openEndings.removeSorted(index)
        for service in endings[index].services { serviceTable[service.number].openEndings.removeSorted(index) }
    }

    mutating func noteDelivery(about action: LifecycleAction.ID) {
        let instance = lifecycleActions[action.number].instance
        guard let index = self[instance].ending, endings[index].notificationDeliveredAt == nil else { return }
        endings[index].notificationDeliveredAt = now
    }

    /// A task has come into service: a replacement for every ending instance that its service had a task on.
    mutating func noteReplacement(_ task: Task, of service: Service.ID) {
        let instance = self[task.containerInstance].instance
        for index in self[service].openEndings
        where endings[index].instance != instance && endings[index].startedAt <= task.createdAt {
            endings[index].lastReplacementHealthyAt = now
        }
    }
}
