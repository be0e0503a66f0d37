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
        instanceTable[id.number].ending = endings.count
        openEndings.append(endings.count)
        endings.append(Ending(instance: id, startedAt: now, services: Set(services).sorted()))
    }

    mutating func finishEnding(of id: Instance.ID, result: LifecycleActionResult) {
        guard let index = self[id].ending else { return }
        endings[index].completedAt = now
        endings[index].result = result
        openEndings.removeAll { $0 == index }
    }

    mutating func noteDelivery(about action: LifecycleAction.ID) {
        let instance = lifecycleActions[action.number].instance
        guard let index = self[instance].ending, endings[index].notificationDeliveredAt == nil else { return }
        endings[index].notificationDeliveredAt = now
    }

    /// Keeps since when each ending instance has been drained, by the measure that its completion is judged by.
    mutating func noteDrained() {
        for index in openEndings {
            let ending = endings[index]
            let isDrained = unmetConditions(of: ending.instance, ending.services).isEmpty
            if isDrained != (ending.drainedAt != nil) { endings[index].drainedAt = isDrained ? now : nil }
        }
    }

    /// A task has come into service: a replacement for every ending instance that its service had a task on.
    mutating func noteReplacement(_ task: Task, of service: Service.ID) {
        let instance = self[task.containerInstance].instance
        for index in openEndings
        where endings[index].instance != instance && endings[index].startedAt <= task.createdAt
            && endings[index].services.contains(service)
        {
            endings[index].lastReplacementHealthyAt = now
        }
    }
}
