/// The small changes of a record that ``DrainMachine`` composes.
extension Drain {
    /// When the next heartbeat is to be sent: half of the timeout after Auto Scaling last began to count.
    public var heartbeatDue: Timestamp {
        let timeout = heartbeat.timeoutSeconds ?? LifecycleHookTiming.shortest.heartbeatTimeoutSeconds
        return (heartbeat.lastAt ?? action.startedAt) + .milliseconds(timeout * 500)
    }

    /// Takes in what a look showed of the instance's tasks.
    mutating func absorb(
        _ snapshot: ClusterSnapshot, at location: Location, now: Timestamp, policy: DrainPolicy
    ) {
        for index in tasks.indices {
            let arn = tasks[index].arn
            if let seen = snapshot.tasks[arn] {
                tasks[index].isStopped = seen.isStopped
            } else if snapshot.forgottenTasks.contains(arn) {
                tasks[index].isStopped = true
            }
            tasks[index].isDaemon = tasks[index].isDaemon || snapshot.isDaemon(tasks[index].service)
        }
        let known = Set(tasks.map(\.arn))
        tasks += snapshot.tasks.values
            .filter { $0.containerInstance == location.containerInstance && !known.contains($0.arn) }
            .filter(wasHereDuringDrain)
            .sorted { $0.arn < $1.arn }
            .map { task in
                TrackedTask(
                    arn: task.arn, service: task.service, isDaemon: snapshot.isDaemon(task.service),
                    isStopped: task.isStopped, addresses: task.addresses)
            }
        let wasListed = snapshot.listedContainerInstances.contains(location.containerInstance)
        if wasListed, snapshot.containerInstances[location.containerInstance]?.status == .draining {
            taskListIsClosed = true
        }
        onlyDaemonsSince = hasOnlyDaemonsLeft(policy: policy) ? onlyDaemonsSince ?? now : nil
    }

    /// ECS lists stopped tasks for an hour or more: what had ended before the action began is not ours to replace.
    private func wasHereDuringDrain(_ task: ObservedTask) -> Bool {
        guard task.isStopped, let stoppedAt = task.stoppedAt else { return true }
        return stoppedAt >= action.startedAt
    }

    mutating func advance(to next: DrainPhase) { phase = max(phase, next) }

    mutating func finish(_ outcome: DrainOutcome, _ message: String, at now: Timestamp) {
        advance(to: .finished)
        self.outcome = outcome
        finishedAt = now
        waitingFor = []
        blockedBy = []
        refusedCall = nil
        note(message, at: now)
    }

    /// Shows what blocks the drain; a cause that is new is also noted in the history.
    mutating func block(on blockers: [Blocker], at now: Timestamp) {
        let known = Set(blockedBy.map(\.code))
        for blocker in blockers where !known.contains(blocker.code) { note("Blocked: \(blocker.message)", at: now) }
        blockedBy = blockers
    }

    mutating func note(_ message: String, at now: Timestamp) {
        history.append(HistoryEntry(at: now, message: message))
    }

    func describeTasks() -> String {
        let stopped = tasks.count(where: \.isStopped)
        let services = services.map(\.rawValue).joined(separator: ", ")
        return "\(stopped) of \(tasks.count) tasks stopped" + (services.isEmpty ? "" : " (services: \(services))")
    }
}

extension ClusterSnapshot {
    fileprivate func isDaemon(_ service: ServiceName?) -> Bool {
        guard let service else { return false }
        return services[service]?.isDaemon ?? false
    }
}
