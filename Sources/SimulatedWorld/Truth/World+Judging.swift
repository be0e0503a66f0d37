/// Since when each ending instance has been drained. An ending is judged where something that it depends on has
/// changed, once for all changes of one moment.
extension World {
    mutating func markStale(_ index: Int) {
        guard !endings[index].isStale, endings[index].completedAt == nil else { return }
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

    /// To be called before time goes on, and before an ending ends.
    mutating func noteDrained() {
        guard !staleEndings.isEmpty else { return }
        for index in staleEndings {
            let before = endings[index].onlyDaemonsSince
            endings[index] = judged(endings[index])
            endings[index].isStale = false
            if before == nil { awaitGrace(of: index) }
        }
        staleEndings.removeAll(keepingCapacity: true)
    }

    /// The ending as it is now.
    func judged(_ stale: Ending) -> Ending {
        guard stale.isStale, stale.completedAt == nil else { return stale }
        var ending = stale
        ending.onlyDaemonsSince = hasOnlyDaemons(ending.instance) ? ending.onlyDaemonsSince ?? now : nil
        let servicesHold = unmetByServices(of: ending).isEmpty
        if ending.servicesHold && !servicesHold { ending.servicesLastHeldAt = now }
        ending.servicesHold = servicesHold
        let isDrained = servicesHold && unstoppedTasks(of: ending).isEmpty
        ending.drainedAt = isDrained ? ending.drainedAt ?? now : nil
        return ending
    }

    // MARK: Daemons

    private func hasOnlyDaemons(_ instance: Instance.ID) -> Bool {
        self[instance].containerInstances.allSatisfy { host in self[host].tasks.allSatisfy { !isWaitedForFirst($0) } }
    }

    /// Whether daemon tasks have time as long as this one has not STOPPED.
    func isWaitedForFirst(_ task: Task.ID) -> Bool {
        guard let service = taskTable[task]?.service else { return !drainRules.ignoresStandaloneTasks }
        return !isDaemon(service)
    }

    /// For an instance that somebody was draining already when its end began: since its last other task STOPPED, or
    /// since the draining began; else since now. Nil as long as others are left.
    func leftToDaemonsSince(_ instance: Instance.ID) -> WorldTime? {
        guard hasOnlyDaemons(instance) else { return nil }
        guard let host = self[instance].containerInstance, let drainingSince = self[host].drainingSince else {
            return now
        }
        let others = self[host].listedTasks.filter { isWaitedForFirst($0) }
        return max(drainingSince, others.compactMap { taskTable[$0]?.stoppedAt }.max() ?? drainingSince)
    }

    /// The grace's end changes nothing but the judgement.
    mutating func awaitGrace(of index: Int) {
        guard let since = endings[index].onlyDaemonsSince, endings[index].drainedAt == nil else { return }
        schedule(.daemonGraceEnds(ending: index), after: max(.zero, since + drainRules.daemonGrace - now))
    }

    mutating func judgeAnewByRules() {
        for index in openEndings {
            markStale(index)
            awaitGrace(of: index)
        }
    }
}
