import DrainEngine
import DrainModel
import SimulatedWorld

// What goes wrong, as often as the plan says, until the run is to come to its end.

extension Simulation {
    static let longestLag = Duration.seconds(2)

    func strikes(_ probability: Double, _ name: String) -> Bool {
        guard probability > 0, !isCalm, random.chance(probability) else { return false }
        statistics.faults += 1
        trace.note("fault", name, at: now)
        return true
    }

    // MARK: The process

    /// To be called between two effects, and in the middle of one.
    func mayCrash(_ replica: Replica) {
        if replica.process != nil, strikes(plan.faults.crash, "crash") { crash(replica, downFor: downTime()) }
    }

    /// Whether the process dies here, because the plan says so.
    func crashes(_ moment: CrashPoint.Moment, at phases: [DrainPhase], _ replica: Replica) -> Bool {
        guard replica.process != nil, let next = crashPoints.first, next.moment == moment,
            phases.contains(next.phase)
        else { return false }
        crashPoints.removeFirst()
        crash(replica, downFor: .milliseconds(500))
        return true
    }

    func crash(_ replica: Replica, downFor downTime: Duration) {
        guard let process = replica.process else { return }
        statistics.crashes += 1
        end(process)
        noteTrouble()
        // While a process runs, its clock is steered; between two, it may have been set.
        if plan.faults.clockJump > 0, random.chance(0.3) {
            let most = isShared ? 30_000 : 600_000
            replica.clock.set(by: random.milliseconds(in: -most...most), at: now)
        }
        trace.note("crash", at: now, "down for \(downTime)")
        agenda.add(.start(replica), at: now + downTime)
    }

    /// Most processes are restarted at once; some only when somebody comes.
    func downTime() -> Duration { random.milliseconds(in: random.chance(0.9) ? 50...5000 : 5000...120_000) }

    /// Whether what a process sent comes to its other end: if the process has died meanwhile, perhaps.
    func reaches(_ isOver: Bool) -> Bool { !isOver || random.chance(0.5) }

    // MARK: The ledger

    /// Writes, if the ledger takes it; the answer may be lost.
    func write<Answer>(
        from replica: Replica, _ change: (inout MemoryLedger) throws(LedgerError) -> Answer
    ) throws(LedgerError) -> Answer {
        if now < ledgerAwayUntil || !replica.reachesLedger(at: now) { throw .unavailable("away") }
        if strikes(plan.faults.writeRefused, "write refused") { throw .unavailable("database is locked") }
        let answer = try change(&ledger)
        if strikes(plan.faults.writeAnswerLost, "write's answer lost") { throw .unknownOutcome("no answer") }
        return answer
    }

    // MARK: AWS

    enum Disturbance {
        case refused(String)
        case throttled
        case lost(isCarriedOut: Bool)
    }

    /// What becomes of a call instead of an answer, if anything.
    func disturbance(of call: Call) -> Disturbance? {
        if isThrottled(.of(call)) { return .throttled }
        if strikes(plan.faults.callRefused, "refused") { return .refused("ServiceUnavailable") }
        guard strikes(plan.faults.answerLost, "answer lost") else { return nil }
        return .lost(isCarriedOut: random.chance(0.5))
    }

    func answer(to read: Read) -> ReadAnswer {
        if isThrottled(.of(read)) {
            return .failed(ReadFailure("ThrottlingException: Rate exceeded", isThrottling: true))
        }
        if strikes(plan.faults.readFailed, "read failed") { return .failed(ReadFailure("ServerException: try later")) }
        let seen = strikes(plan.faults.stale, "stale") ? random.pick(olderWorlds.map(\.world) + [world]) : world
        let answer = WorldReader(pageSize: plan.pageSize).answer(to: read, from: seen)
        guard case .tasks(let tasks, var missing) = answer, plan.faults.taskMissing > 0 else { return answer }
        let found = tasks.filter { !strikes(plan.faults.taskMissing, "missing") || !missing.insert($0.arn).inserted }
        return .tasks(found, missing: missing)
    }

    /// AWS's own buckets, of which others take their part.
    private func isThrottled(_ rate: RequestRate) -> Bool {
        if strikes(plan.faults.throttled, "throttled") { return true }
        guard plan.faults.othersShare > 0, !isCalm else { return false }
        var bucket = awsBuckets[rate] ?? TokenBucket(rate, share: 1 - plan.faults.othersShare, at: now)
        let isTaken = bucket.take(at: now, evenIfEmpty: false)
        awsBuckets[rate] = bucket
        if !isTaken {
            statistics.faults += 1
            trace.note("fault", "bucket empty", at: now)
        }
        return !isTaken
    }

    /// Keeps how the world was, for answers that lag behind.
    func rememberWorld() {
        guard plan.faults.stale > 0, !isCalm, olderWorlds.last.map({ now - $0.at >= .milliseconds(250) }) ?? true else {
            return
        }
        olderWorlds.append((now, world))
        olderWorlds.removeAll { now - $0.at > Self.longestLag }
    }

    // MARK: Every now and then

    /// To be called so many times a minute.
    func mayMisbehave(timesAMinute times: Double) {
        if strikes(plan.faults.ledgerAway / times, "ledger away") {
            ledgerAwayUntil = now + random.milliseconds(in: 1000...60_000)
            passHeartbeatsOn()
        }
        for replica in replicas where replica.process != nil && strikes(plan.faults.clockJump / times, "clock set") {
            let jump = random.milliseconds(in: -2000...2000)
            replica.clock.set(by: jump, at: now)
            withinBudget.forgive(jump < .zero ? .zero - jump : jump)
            if let term = replica.process?.term { refreshWake(term) }
        }
    }
}
