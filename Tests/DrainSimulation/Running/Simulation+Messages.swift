import DrainEngine
import DrainModel
import SimulatedWorld

// What Auto Scaling does, and how draind hears of it.

/// One message on its way: SNS tries it a few times.
struct Letter {
    let news: News
    var attempt = 1

    enum News {
        case action(LifecycleAction)
        /// EC2 takes the Spot instance back.
        case interruption(InstanceID, warnedAt: Timestamp)
    }

    var instance: InstanceID {
        switch news {
        case .action(let action): action.instance
        case .interruption(let instance, _): instance
        }
    }
}

extension Simulation {
    /// SNS's default: three more tries, twenty seconds apart.
    private static let mostAttempts = 4
    private static let retryDelay = Duration.seconds(20)

    /// Looks what actions have begun or ended.
    func noticeActions() {
        while seenActions < world.lifecycleActions.count {
            let action = world.lifecycleActions[seenActions]
            seenActions += 1
            trace.note("action", action.instanceID, at: now, "\(action.hook) of \(action.group)")
            guard let hook = ourHook(of: action) else { continue }
            openActions.append(action.id.number)
            timeouts[action.id.number] = hook.heartbeatTimeout
            send(.deliver(Letter(news: .action(LifecycleAction(action, of: hook)))))
        }
        while seenInterruptions < world.spotInterruptions.count {
            let interruption = world.spotInterruptions[seenInterruptions]
            seenInterruptions += 1
            statistics.interruptions += 1
            trace.note("interrupted", interruption.instanceID, at: now)
            let instance = InstanceID(interruption.instanceID)
            send(.deliver(Letter(news: .interruption(instance, warnedAt: Timestamp(interruption.warnedAt)))))
        }
        for number in openActions where world.lifecycleActions[number].completion != nil {
            let action = world.lifecycleActions[number]
            trace.note(
                "ended", action.instanceID, at: now, action.completion.map { "\($0.result) by \($0.cause)" } ?? "")
            fail(.neverExpired, heartbeatGaps.violation(after: action, isPassedOn: !isServed, at: now))
            openActions.removeAll { $0 == number }
            endedAt[InstanceID(action.instanceID)] = now
        }
    }

    private func ourHook(of action: World.LifecycleAction) -> World.LifecycleHook? {
        let group = world.autoScalingGroups.first { $0.name == action.group }
        return group?.hooks.first { $0.name == action.hook && $0.notificationTargetARN != nil }
    }

    // MARK: Messages

    private func send(_ message: Happening) {
        if !strikes(plan.faults.messageLost, "message lost") { post(message) }
        while strikes(plan.faults.messageDuplicated, "message duplicated") { post(message) }
    }

    private func post(_ message: Happening) {
        let isLate = strikes(plan.faults.messageLate, "message late")
        agenda.add(message, at: now + random.milliseconds(in: isLate ? 1500...3_600_000 : 50...1500))
    }

    func deliver(_ letter: Letter) {
        trace.note("message", letter.instance.rawValue, at: now, "attempt \(letter.attempt)")
        guard let process = anyProcess(), process.isReady, !process.replica.isPaused(at: now) else {
            return refuse(letter)
        }
        guard let drain = drain(for: letter.news, at: process.replica.clock.now(at: now)) else {
            return trace.note("too late", letter.instance.rawValue, at: now)
        }
        agenda.add(
            .record(drain, of: letter, by: process, in: process.term), at: now + random.milliseconds(in: 1...20))
    }

    /// What is to be recorded; nil where the message comes too late.
    private func drain(for news: Letter.News, at time: Timestamp) -> Drain? {
        let policy = plan.policy.drain
        switch news {
        case .action(let action): return DrainMachine.accept(action, from: .sns, at: time, policy: policy)
        case .interruption(let instance, let warnedAt):
            return DrainMachine.acceptInterruption(
                of: instance, warnedAt: warnedAt, from: .sns, at: time, policy: policy)
        }
    }

    /// It was answered with 503, or not at all.
    private func refuse(_ letter: Letter) {
        guard letter.attempt < Self.mostAttempts else {
            return trace.note("dropped", letter.instance.rawValue, at: now)
        }
        var next = letter
        next.attempt += 1
        agenda.add(.deliver(next), at: now + Self.retryDelay)
    }

    func record(_ drain: Drain, of letter: Letter?, by process: Process, in term: Term?) {
        let replica = process.replica
        guard reaches(process.isOver) else {
            if let letter { refuse(letter) }
            return
        }
        if crashes(.beforeWrite, at: [drain.phase], replica) {
            if let letter { refuse(letter) }
            return
        }
        do throws(LedgerError) {
            let recorded = try acceptAnyway(drain, from: replica, in: term?.epoch)
            trace.note("accepted", recorded.id.rawValue, at: now)
            if crashes(.betweenWriteAndCall, at: [drain.phase], replica) {
                if let letter { refuse(letter) }
                return
            }
            agenda.add(.accepted(letter, recorded, by: process), at: now + random.milliseconds(in: 1...10))
        } catch {
            if let term { recount(after: error, in: term) }
            if let letter { refuse(letter) }
        }
    }

    /// Whoever decides by now.
    private func acceptAnyway(
        _ drain: Drain, from replica: Replica, in epoch: Epoch?
    ) throws(LedgerError) -> Drain {
        do throws(LedgerError) {
            return try accept(drain, from: replica, in: epoch)
        } catch {
            guard error == .fenced, isShared else { throw error }
            return try accept(drain, from: replica, in: nil)
        }
    }

    /// After a lost answer the shell asks the ledger what there is, until it answers; a refused record is just gone.
    func recount(after error: LedgerError, in term: Term) {
        guard case .unknownOutcome = error else { return }
        agenda.add(.recount(in: term), at: now + plan.policy.drain.retryInterval)
    }

    func recount(in term: Term, having notes: [Note] = []) {
        guard !term.isOver else { return }
        guard now >= ledgerAwayUntil, term.replica.reachesLedger(at: now) else {
            if isShared { excuseUnheard(by: term) }
            return agenda.add(.recount(in: term, having: notes), at: now + plan.policy.drain.retryInterval)
        }
        let open = ledger.activeDrains
        trace.note("recount", at: now, "\(open.count) drains are open")
        handle(.recovered(open.map(notes.applied)), in: term)
    }

    /// The message is acknowledged, and the runner told.
    func tell(_ drain: Drain, of letter: Letter?, by process: Process) {
        guard !process.isOver else {
            if let letter { refuse(letter) }
            return
        }
        mayCrash(process.replica)
        if process.isOver {
            // Nobody knows whether the answer was on its way.
            if let letter { refuse(letter) }
            return
        }
        if let letter, !isRecorded(letter.news) {
            fail(.nothingLost, "\(letter.instance) is acknowledged, and there is no record of it")
        }
        // Another that decides has word of it.
        if let term = process.term { handle(.accepted(drain), in: term) } else { watch(drain) }
    }

    // MARK: Hints

    /// Looks what has changed at ECS: of all that changes in a cluster at one moment, one event tells.
    func noticeChanges() {
        guard plan.sendsEvents else { return }
        for index in changesTold.indices where world.clusters[index].changeCount > changesTold[index] {
            let cluster = world.clusters[index]
            changesTold[index] = cluster.changeCount
            let version = ChangeHint.Version(resource: cluster.arn, number: cluster.changeCount)
            send(.hint(ChangeHint(cluster: ClusterName(cluster.name), version: version)))
        }
    }

    /// EC2 tells that the machine has changed.
    func noticeChange(ofMachine instance: String) {
        if plan.sendsEvents { send(.hint(ChangeHint(instance: InstanceID(instance)))) }
    }

    func deliver(_ hint: ChangeHint) {
        statistics.hints += 1
        trace.note("hint", hint.cluster?.rawValue ?? hint.instance?.rawValue ?? "", at: now)
        guard let process = anyProcess(), !process.replica.isPaused(at: now) else { return }
        if let term = process.term { return handle(.hinted(hint), in: term) }
        let told = ChangeHint(cluster: hint.cluster, instance: hint.instance)
        if !process.hints.contains(told) { process.hints.append(told) }
    }

    // MARK: Records of actions

    func isRecorded(_ number: Int) -> Bool {
        let action = world.lifecycleActions[number]
        return isRecorded(LifecycleAction(action, of: nil))
    }

    private func isRecorded(_ news: Letter.News) -> Bool {
        switch news {
        case .action(let action): isRecorded(action)
        case .interruption(let instance, _):
            ledger.drains.values.contains { $0.instance == instance && $0.takenBackAt != nil }
        }
    }

    private func isRecorded(_ action: LifecycleAction) -> Bool {
        ledger.drains.values.contains { drain in
            guard let known = drain.action else { return false }
            // What was found waiting without its token may have been told that of an earlier wait; a heartbeat will tell.
            let isAdopted = drain.origin == .reconcile && drain.phase != .finished
            // What was found without its token, and had ended before this wait began, was an earlier one.
            let isOver = known.token == nil && recordedEnds[drain.id].map { Timestamp($0) < action.startedAt } ?? false
            return (known.mayBe(action) && !isOver) || (isAdopted && known.isOfSameHook(as: action))
        }
    }

    /// Who decides has this record: from now on it answers for the action.
    func watch(_ drain: Drain) {
        guard isServed || isAnyFit, let action = drain.action, drain.phase != .finished,
            drain.decision?.outcome != .cancelled, let open = openAction(of: action)
        else { return }
        heartbeatGaps.begin(open, timeout: timeouts[open.id.number] ?? .seconds(30), isPassedOn: !isServed, at: now)
    }

    func forgetHeartbeats(of drain: Drain) {
        guard let action = drain.action, let open = openAction(of: action) else { return }
        heartbeatGaps.forget(open.id.number)
    }
}

extension LifecycleAction {
    init(_ action: World.LifecycleAction, of hook: World.LifecycleHook?) {
        self.init(
            autoScalingGroup: AutoScalingGroupName(action.group), lifecycleHook: LifecycleHookName(action.hook),
            instance: InstanceID(action.instanceID), token: LifecycleActionToken(action.token),
            transition: .terminating, startedAt: Timestamp(action.startedAt),
            notificationMetadata: hook?.notificationMetadata, origin: action.origin.rawValue,
            destination: action.destination.rawValue)
    }
}
