/// The small changes of a record that ``DrainMachine`` composes.
extension Drain {
    /// Whether it is still to be judged.
    public var isUndecided: Bool { decision == nil && phase != .finished }

    /// Whether it is still to be found out which action is to be completed with it.
    public var isSeekingAction: Bool { seeksAction && isUndecided }

    /// Whether Auto Scaling has said that it waits with this action. Until then nothing is done to the instance: a
    /// message may be an hour old, and the instance back in service.
    public var isConfirmed: Bool { !seeksAction && (action == nil || heartbeat.lastAt != nil) }

    /// Whether anything may be done to the instance. What a hook told may be long over, and the instance back in service;
    /// of what EC2 takes back, nobody else need confirm it.
    var mayAct: Bool { isConfirmed || (takenBackAt != nil && action == nil) }

    /// Whether the action is to be kept alive: until its completion is answered, but not once an operator has called the
    /// drain off and left the action to its timeout.
    var sendsHeartbeats: Bool { action != nil && phase != .finished && decision?.outcome != .cancelled }

    /// When the next heartbeat is due, if any (``sendsHeartbeats``); nil where none is sent any more.
    public var nextHeartbeatAt: Timestamp? { sendsHeartbeats ? heartbeatDue : nil }

    /// When the next heartbeat is to be sent: at once for the first, which confirms the action; later half of the
    /// timeout after Auto Scaling last began to count.
    public var heartbeatDue: Timestamp {
        guard let last = heartbeat.lastAt else { return acceptedAt }
        let timeout = heartbeat.timeoutSeconds ?? LifecycleHookTiming.shortest.heartbeatTimeoutSeconds
        return last + .milliseconds(timeout * 500)
    }

    /// What happened in the future happened before the clock was set back: nobody knows how long ago.
    func isHeartbeatDue(at now: Timestamp) -> Bool { now >= heartbeatDue || (heartbeat.lastAt ?? acceptedAt) > now }

    /// When Auto Scaling has surely ended the action, heartbeats or not; nil without one. A clock that was set forward
    /// must not give up an action whose heartbeats are taken: none outlives its last one by more than the longest
    /// timeout.
    var waitLimit: Timestamp? {
        action.map { action in
            let timing = heartbeat.timeoutSeconds.map { LifecycleHookTiming(heartbeatTimeoutSeconds: $0) }
            return max(
                action.startedAt + (timing?.globalTimeout ?? LifecycleHookTiming.longestWait),
                (heartbeat.lastAt ?? acceptedAt) + LifecycleHookTiming.longest)
        }
    }

    /// Under which names ECS knows the instance.
    public var containerInstances: Set<ContainerInstanceARN> {
        Set(alsoRegistered).union(location.map { [$0.containerInstance] } ?? [])
    }

    /// Whether a look in which every condition holds settles the matter: it began when no task could be on its way to
    /// the instance any more, and listed the instance's tasks, if ECS can still list them.
    func isConclusive(_ snapshot: ClusterSnapshot, policy: DrainPolicy) -> Bool {
        if let since = deregisteredSince { return snapshot.takenAt - since >= policy.consistencyMargin }
        guard let since = outOfServiceSince else { return false }
        return snapshot.takenAt - since >= policy.consistencyMargin && isListed(in: snapshot)
    }

    /// Whether the tasks were listed under each name that ECS can still list.
    func isListed(in snapshot: ClusterSnapshot) -> Bool {
        containerInstances.allSatisfy { arn in
            snapshot.status(of: arn) == nil || snapshot.listedContainerInstances.contains(arn)
        }
    }

    /// Leaves out one of several names of the instance; false when it has no other.
    mutating func forget(_ containerInstance: ContainerInstanceARN) -> Bool {
        guard let cluster = location?.cluster, let other = alsoRegistered.first else { return false }
        alsoRegistered.removeAll { $0 == containerInstance }
        if location?.containerInstance == containerInstance {
            alsoRegistered.removeAll { $0 == other }
            location = Location(cluster: cluster, containerInstance: other)
        }
        return true
    }

    /// The agent has registered the instance anew: its old tasks are still ours to see ended and replaced, and what it
    /// is called now is to be drained as well.
    func registered(as new: [ContainerInstanceARN], in snapshot: ClusterSnapshot, at now: Timestamp) -> Self {
        guard let location else { return self }
        var drain = self
        drain.alsoRegistered += new
        if snapshot.status(of: location.containerInstance) == nil {
            drain.location = Location(cluster: location.cluster, containerInstance: drain.alsoRegistered.removeLast())
        }
        (drain.outOfServiceSince, drain.deregisteredSince, drain.taskListIsClosed) = (nil, nil, false)
        drain.waitingFor = [Wait(.containerInstance, instance.rawValue, "registered anew; being looked at")]
        let names = new.map(\.shortName).joined(separator: ", ")
        drain.note("The instance is also registered as \(names)", at: now)
        return drain
    }

    /// Takes in what a look showed of the instance and its tasks.
    mutating func absorb(_ snapshot: ClusterSnapshot, now: Timestamp, policy: DrainPolicy) {
        for index in tasks.indices { tasks[index].absorb(snapshot, policy: policy) }
        let known = Set(tasks.map(\.arn))
        let hosts = containerInstances
        tasks += snapshot.tasks.values
            .filter { !known.contains($0.arn) && $0.containerInstance.map(hosts.contains) ?? false }
            .filter(wasHereDuringDrain)
            .sorted { $0.arn < $1.arn }
            .map { task in
                TrackedTask(
                    arn: task.arn, service: task.service, isDaemon: snapshot.isDaemon(task.service),
                    isStopped: task.isStopped, addresses: task.addresses)
            }
        let statuses = hosts.compactMap { snapshot.status(of: $0) }
        if statuses.isEmpty {
            deregisteredSince = deregisteredSince.earlier(snapshot.takenAt)
        } else if statuses.allSatisfy({ $0 == .draining }) {
            let since = outOfServiceSince.earlier(snapshot.takenAt)
            (outOfServiceSince, deregisteredSince) = (since, nil)
            taskListIsClosed =
                taskListIsClosed
                || snapshot.takenAt - since >= policy.consistencyMargin && isListed(in: snapshot)
        } else {
            (outOfServiceSince, deregisteredSince, taskListIsClosed) = (nil, nil, false)
        }
        // While it is in service other tasks come and go unseen between two looks, and daemons have nothing to end for.
        let isOutOfService = outOfServiceSince != nil || deregisteredSince != nil
        onlyDaemonsSince = isOutOfService && hasOnlyDaemonsLeft(policy: policy) ? onlyDaemonsSince.earlier(now) : nil
    }

    /// Since when something has held, by a clock that is not this process's.
    mutating func forgetTimes() {
        (outOfServiceSince, deregisteredSince, onlyDaemonsSince, absentSince) = (nil, nil, nil, nil)
        for index in tasks.indices where !tasks[index].isStopped { tasks[index].missingSince = nil }
    }

    /// ECS lists stopped tasks for an hour or more: what had ended before the drain began is not ours to replace. When
    /// an adopted action began, nobody knows; there, each task that ECS still lists counts.
    private func wasHereDuringDrain(_ task: ObservedTask) -> Bool {
        if origin == .reconcile { return true }
        guard task.isStopped, let stoppedAt = task.stoppedAt else { return true }
        return stoppedAt >= min(action?.startedAt ?? acceptedAt, acceptedAt)
    }

    /// An action that was found without its token got it from a message that came later. If Auto Scaling does not know
    /// that token, the message was about an earlier wait, and the action is again known by its instance alone.
    mutating func forgetsHeardToken(at now: Timestamp) -> Bool {
        guard hasHeardItsToken else { return false }
        action?.token = nil
        note("The token that a message told is of an earlier wait", at: now)
        return true
    }

    /// Whether somebody asked for it without an action: an operator, or a stack.
    private var isAskedFor: Bool { origin == .manual || origin == .customResource }

    /// Whether its token came with a later message than the action itself.
    var hasHeardItsToken: Bool { (origin == .reconcile || isAskedFor) && action?.token != nil }

    /// Until what nothing is done, in words that follow "until".
    var confirmation: String {
        seeksAction ? "it is known whether Auto Scaling waits" : "Auto Scaling confirms that it waits"
    }

    /// What becomes of the action of a drain that is called off, in words that follow.
    var whatCancelLeaves: String {
        guard action != nil else { return "" }
        let timeout = heartbeat.timeoutSeconds ?? LifecycleHookTiming.shortest.heartbeatTimeoutSeconds
        let end = (heartbeat.lastAt ?? acceptedAt) + .seconds(timeout)
        return "; without heartbeats Auto Scaling ends its wait, and the instance, about \(end.rfc3339)"
    }

    /// As it is while nothing but this about the container instance is waited for.
    func waiting(_ detail: String, at now: Timestamp) -> DrainMachine.Step {
        var drain = self
        drain.waitingFor = [Wait(.containerInstance, instance.rawValue, detail)]
        drain.block(on: [], at: now)
        return DrainMachine.Step(drain)
    }

    /// Whether a Spot instance was not found until EC2 takes it back, and nothing kept us from looking: it is somebody
    /// else's, or deregistered already. A lifecycle action is not completed for that before a search has ended.
    var isNotFoundUntilTaken: Bool {
        guard let takenBackAt, takenBackAt == deadline, location == nil else { return false }
        return !blockedBy.contains { $0.code == .awsUnreachable } && (action == nil || absentSince != nil)
    }

    /// Whether it is time to stop the standalone tasks.
    func stopsStandaloneTasks(at now: Timestamp, policy: DrainPolicy) -> Bool {
        switch policy.standaloneTasks {
        case .ignore: return false
        case .stop: return true
        case .stopAfter(let delay) where now - acceptedAt >= delay: return true
        case .wait, .stopAfter: return standaloneTasksEndAt(policy: policy).map { now >= $0 } ?? false
        }
    }

    /// Until when standalone tasks may end by themselves on an instance that EC2 takes back.
    func standaloneTasksEndAt(policy: DrainPolicy) -> Timestamp? { takenBackAt.map { $0 - policy.standaloneTaskLead } }

    /// Whether it is there for another reason than its action, which was sought for it: no message and no sweep told it.
    var outlivesItsAction: Bool {
        isAskedFor || (takenBackAt != nil && origin != .reconcile && action?.token == nil)
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

    /// Shows what a look finds to block the drain, in place of what the last one found.
    mutating func block(on blockers: [Blocker], at now: Timestamp) {
        blockedBy.removeAll { $0.code != .hookUnread }
        for blocker in blockers { show(blocker, at: now) }
    }

    /// Shows one more thing that blocks the drain, in place of what was shown of it. The history tells of a cause once,
    /// however often it comes and goes.
    mutating func show(_ blocker: Blocker, at now: Timestamp) {
        if toldBlockers.insert(blocker.code).inserted { note("Blocked: \(blocker.message)", at: now) }
        let known = blockedBy.firstIndex { $0.code == blocker.code && blocker.code.isOfTheWholeDrain }
        if let known { blockedBy[known] = blocker } else { blockedBy.append(blocker) }
    }

    mutating func note(hooksBeside others: [LifecycleHookName], at now: Timestamp) {
        guard !others.isEmpty else { return }
        let names = others.map(\.rawValue).joined(separator: ", ")
        // Source: ECS developer guide, "Managed instance draining".
        let isManaged = others.contains("ecs-managed-draining-termination-hook")
        note(
            "Auto Scaling waits for other hooks as well: \(names)"
                + (isManaged ? " (ECS managed instance draining; both may drain, neither hurts the other)" : ""),
            at: now)
    }

    /// Says once of each standalone task that it is told to stop: somebody's work ends.
    mutating func noteStop(of arns: [TaskARN], at now: Timestamp) {
        for index in tasks.indices where arns.contains(tasks[index].arn) && !tasks[index].isToldToStop {
            tasks[index].isToldToStop = true
            let cause = takenBackAt == nil ? "by policy" : "before EC2 takes the instance back"
            note("Stopping the standalone task \(tasks[index].arn.shortName), \(cause)", at: now)
        }
    }

    /// Says once that the machine has ended, and once that it is back.
    mutating func noteMachine(in snapshot: ClusterSnapshot, at now: Timestamp) {
        if let state = snapshot.machineStates[instance], state.hasEnded {
            guard !machineHasEnded else { return }
            machineHasEnded = true
            note(
                "EC2 says that the machine is \(state.inWords): its tasks have ended with it, although ECS has not "
                    + "heard it", at: now)
        } else if machineHasEnded, isAlive(in: snapshot) {
            machineHasEnded = false
            note("The machine has not ended, or was started again: its tasks are waited for", at: now)
        }
    }

    /// Whether the look shows a machine that may run; that EC2 was not asked, or did not answer, shows nothing.
    private func isAlive(in snapshot: ClusterSnapshot) -> Bool {
        snapshot.machineStates[instance] != nil
            || containerInstances.contains { snapshot.containerInstances[$0]?.agentConnected ?? false }
    }

    /// What became of the instance by completing its action.
    func completionNote(_ result: LifecycleActionResult) -> String {
        guard result == .abandon, groupRetainsAbandoned else { return "Completed with \(result.rawValue)" }
        // Source: Auto Scaling API, `InstanceLifecyclePolicy.RetentionTriggers`.
        return "Completed with ABANDON: the group retains the instance (Terminating:Retained), billed until "
            + "TerminateInstanceInAutoScalingGroup ends it"
    }

    mutating func note(_ message: String, at now: Timestamp, isWarning: Bool = false) {
        history.append(HistoryEntry(at: now, message: message, isWarning: isWarning))
    }

    func describeTasks() -> String {
        let stopped = tasks.count(where: \.isStopped)
        let services = services.map(\.rawValue).joined(separator: ", ")
        let ended = machineHasEnded && stopped < tasks.count ? ", the others ended with the machine" : ""
        return "\(stopped) of \(tasks.count) tasks stopped\(ended)"
            + (services.isEmpty ? "" : " (services: \(services))")
    }

    /// The tasks of this instance that their services protect from scale-in, which DRAINING would not respect.
    /// Source: ECS developer guide, "Protect your Amazon ECS tasks from being terminated by scale-in events".
    func protectedTasks(in snapshot: ClusterSnapshot) -> [(task: TaskARN, until: Timestamp)] {
        tasks.filter { !$0.isStopped }.compactMap { task in
            snapshot.protectedTasks[task.arn].map { (task.arn, $0) }
        }
    }
}

extension TrackedTask {
    fileprivate mutating func absorb(_ snapshot: ClusterSnapshot, policy: DrainPolicy) {
        isDaemon = isDaemon || snapshot.isDaemon(service)
        if let seen = snapshot.tasks[arn] {
            isStopped = seen.isStopped
            missingSince = nil
            addresses += seen.addresses.filter { !addresses.contains($0) }
        } else if snapshot.forgottenTasks.contains(arn), !isStopped {
            // ECS remembers a stopped task for an hour, so one that it does not know was missed by this look, or ended
            // while nobody looked. Time tells.
            let since = missingSince.earlier(snapshot.takenAt)
            missingSince = since
            isStopped = snapshot.takenAt - since >= policy.missingTaskDelay
        }
    }
}

extension Drain.RefusedCall {
    /// Whether it was about the lifecycle action, not about the container instance.
    var isAboutTheAction: Bool {
        operation == "CompleteLifecycleAction" || operation == "RecordLifecycleActionHeartbeat"
    }
}

extension ClusterSnapshot {
    /// nil where ECS knows no such container instance (any more), or only as INACTIVE.
    func status(of containerInstance: ContainerInstanceARN) -> ContainerInstance.Status? {
        containerInstances[containerInstance].flatMap { $0.status == .inactive ? nil : $0.status }
    }

    /// Under which names an instance is registered, as far as this look has shown.
    func registrations(of instance: InstanceID) -> Set<ContainerInstanceARN> {
        Set(containerInstances.values.filter { $0.instance == instance && $0.status != .inactive }.map(\.arn))
    }

    fileprivate func isDaemon(_ service: ServiceName?) -> Bool {
        guard let service else { return false }
        return services[service]?.isDaemon ?? false
    }
}

extension Timestamp? {
    /// Since when something has held that holds now: a moment that is still to come was told by a clock that has been
    /// set back.
    fileprivate func earlier(_ now: Timestamp) -> Timestamp { map { Swift.min($0, now) } ?? now }
}

extension Array where Element == String {
    /// The first few, and how many more there are.
    func brief(upTo limit: Int) -> String {
        if isEmpty { return "nothing that was seen" }
        let more = count > limit ? ", and \(count - limit) more" : ""
        return prefix(limit).joined(separator: ", ") + more
    }
}
