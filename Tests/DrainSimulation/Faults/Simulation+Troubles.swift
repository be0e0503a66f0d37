import DrainEngine
import DrainModel
import SimulatedWorld

// What befalls single replicas.

extension Simulation {
    func befall(_ replica: Replica, _ trouble: Trouble) {
        guard !isCalm, !replica.isPaused(at: now), let process = replica.process else { return }
        statistics.troubles += 1
        trace.speaker = replica.name
        trace.note("trouble", at: now, "\(trouble)")
        switch trouble {
        case .crash(let downTime): crash(replica, downFor: downTime)
        case .stop(let downTime): stop(process, downFor: downTime)
        case .pause(let time, let withMachine): pause(replica, for: time, withMachine: withMachine)
        case .cutOffFromLedger(let time):
            replica.cutOffFromLedgerUntil = max(replica.cutOffFromLedgerUntil, now + time)
            begin(at: replica, until: replica.cutOffFromLedgerUntil)
        case .cutOffFromAWS(let time):
            replica.cutOffFromAWSUntil = max(replica.cutOffFromAWSUntil, now + time)
            begin(at: replica, until: replica.cutOffFromAWSUntil)
        }
    }

    private func begin(at replica: Replica, until end: WorldTime) {
        agenda.add(.recovered(replica), at: end)
        noteTrouble()
    }

    /// To be called between two effects.
    func mayPause(_ replica: Replica) {
        guard strikes(plan.faults.pause, "pause") else { return }
        statistics.troubles += 1
        pause(replica, for: random.milliseconds(in: 1000...60_000), withMachine: random.chance(0.3))
    }

    private func pause(_ replica: Replica, for time: Duration, withMachine: Bool) {
        guard replica.process != nil, !replica.isPaused(at: now) else { return }
        replica.pause(until: now + time, withMachine: withMachine, at: now)
        begin(at: replica, until: replica.pausedUntil)
    }

    func endPartitions(of replica: Replica) {
        replica.cutOffFromLedgerUntil = min(replica.cutOffFromLedgerUntil, now)
        replica.cutOffFromAWSUntil = min(replica.cutOffFromAWSUntil, now)
    }

    /// Something has begun that keeps a replica from its work.
    func noteTrouble() {
        takeover.noteTrouble(at: now)
        passHeartbeatsOn()
    }

    /// It has ended.
    func noteRecovery(of replica: Replica) {
        checkOneDecider()
        guard isServed, decider?.replica === replica else { return }
        for drain in ledger.activeDrains { watch(drain) }
    }

    /// Where nobody sends heartbeats any more, another has to.
    func passHeartbeatsOn() {
        if isServed { return }
        // Whoever takes the drains up begins to answer for them.
        if isAnyFit { heartbeatGaps.passOn(at: now) } else { heartbeatGaps.forgetAll() }
    }

    /// As long as the ledger does not answer, nobody can know of what others have accepted; nor, as long as AWS does not
    /// answer, of who waits without a record.
    func excuseUnheard(by term: Term) {
        let heard = term.runner.current.compactMap(\.action)
        for number in openActions {
            let action = LifecycleAction(world.lifecycleActions[number], of: nil)
            if !heard.contains(where: { $0.mayBe(action) }) { heartbeatGaps.excuse(number, at: now) }
        }
    }

    // MARK: Who could do what

    /// Whether somebody sends heartbeats.
    var isServed: Bool {
        replicas.contains { replica in
            guard let process = replica.process, process.term != nil, !process.isStopping else { return false }
            return !replica.isPaused(at: now) && replica.reachesAWS(at: now)
        }
    }

    /// Whether somebody could take over.
    var isAnyFit: Bool { fitSince != nil }

    private var fitSince: WorldTime? {
        now < ledgerAwayUntil ? nil : replicas.compactMap { $0.fitSince(now) }.min().map { max($0, ledgerAwayUntil) }
    }

    func checkTakeover() {
        guard isShared else { return }
        let isDecided = replicas.contains { !$0.isPaused(at: now) && mayDecide($0) && $0.process != nil }
        fail(.oneDecider, takeover.violation(isDecided: isDecided, fitSince: fitSince, at: now))
    }

    /// One whose machine stood still cannot know that another decides, and records nothing.
    func checkOneDecider() {
        guard isShared else { return }
        let deciders = replicas.filter { replica in
            guard let process = replica.process else { return false }
            return !replica.isPaused(at: now) && process.stoodStillAt == nil && mayDecide(replica)
        }
        fail(.oneDecider, OneDecider.violation(among: deciders.map(\.name)))
    }

    /// On a ledger that is not shared, always.
    func mayDecide(_ replica: Replica) -> Bool {
        !isShared || replica.process?.keeper.mayDecide(at: replica.uptime(at: now)) ?? false
    }
}
