extension World {
    /// What is noted of an instance from the moment its terminate hooks begin to wait.
    struct Ending: Sendable {
        let instance: Instance.ID
        let startedAt: WorldTime
        /// Those that had a task on it then, daemons aside, in order of creation.
        let services: [Service.ID]
        var notificationDeliveredAt: WorldTime?
        var lastReplacementHealthyAt: WorldTime?
        var drainedAt: WorldTime?
        var completedAt: WorldTime?
        var result: LifecycleActionResult?
        var isStale = false
    }

    /// Every instance that ever waited for a terminate hook, in order of start.
    public var instanceTruths: [InstanceTruth] {
        endings.map { ending in
            InstanceTruth(
                instanceID: self[ending.instance].instanceID, actionStartedAt: ending.startedAt,
                notificationDeliveredAt: ending.notificationDeliveredAt,
                lastReplacementHealthyAt: ending.lastReplacementHealthyAt, drainedAt: ending.drainedAt,
                actionCompletedAt: ending.completedAt, result: ending.result, diedAt: self[ending.instance].diedAt)
        }
    }

    mutating func beginEnding(of id: Instance.ID) {
        let here = self[id].containerInstance.map { tasks(on: self[$0]) } ?? []
        let services = here.filter { $0.lastStatus != .stopped && !isDaemon($0) }.compactMap(\.service)
        let index = endings.count
        instanceTable[id.number].ending = index
        openEndings.append(index)
        endings.append(Ending(instance: id, startedAt: now, services: Set(services).sorted()))
        for service in endings[index].services { serviceTable[service.number].openEndings.append(index) }
        markStale(index)
    }

    mutating func finishEnding(of id: Instance.ID, result: LifecycleActionResult) {
        guard let index = self[id].ending else { return }
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

    // MARK: Since when it has been drained

    mutating func markStale(_ index: Int) {
        guard !endings[index].isStale else { return }
        endings[index].isStale = true
        staleEndings.append(index)
    }

    /// To be called when a task or target of the instance has changed.
    mutating func markStale(endingOf instance: Instance.ID) {
        if let index = self[instance].ending { markStale(index) }
    }

    /// To be called when something about the service has changed that a drain depends on.
    mutating func markStale(endingsWith service: Service.ID) {
        for index in serviceTable[service.number].openEndings { markStale(index) }
    }

    /// Keeps since when each ending instance has been drained, by the measure that its completion is judged by.
    mutating func noteDrained() {
        guard !staleEndings.isEmpty else { return }
        for index in staleEndings {
            endings[index].isStale = false
            guard endings[index].completedAt == nil else { continue }
            let isDrained = unmetConditions(of: endings[index]).isEmpty
            if isDrained != (endings[index].drainedAt != nil) { endings[index].drainedAt = isDrained ? now : nil }
        }
        staleEndings.removeAll(keepingCapacity: true)
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
