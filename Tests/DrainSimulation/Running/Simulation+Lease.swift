import DrainEngine
import DrainModel
import SimulatedWorld

// Who decides, where several share the ledger: what draind's shell does about the lease, and about notes.

extension Simulation {
    func happen(_ happening: LeaseHappening, to process: Process) {
        switch happening {
        case .ask(let turn): if turn == process.turn { ask(process) }
        case .asked(let step, let sentAt, let turn): carryOut(step, for: process, sentAt: sentAt, turn: turn)
        case .answered(let answer, let sentAt, let turn):
            if turn == process.turn, !process.isOver { take(answer, sentAt: sentAt, process) }
        case .handOver(let lease):
            if reaches(process.isOver) {
                _ = try? write(from: process.replica) { $0.handOver(lease) }
                trace.note("handed over", at: now)
            }
            agenda.add(.lease(.exit, process), at: now + random.milliseconds(in: 1...10))
        case .exit: if !process.isOver { exit(process) }
        case .lookForNotes(let term): lookForNotes(term, process)
        case .takeNotes(let term): takeNotes(for: term, process)
        case .notes(let answer, let term): if !term.isOver { take(answer, in: term, process) }
        case .leave(let note):
            if reaches(process.isOver) { _ = try? write(from: process.replica) { $0.leave(note) } }
        }
    }

    // MARK: The lease

    /// Asks the ledger what the keeper wants to know or do.
    func ask(_ process: Process) {
        guard !process.isOver, !process.isAsking else { return }
        let uptime = process.replica.uptime(at: now)
        guard let step = process.keeper.step(at: uptime) else { return askLater(process) }
        process.isAsking = true
        if case .handOver = step {
            trace.note("leaves the lease to others", at: now)
            process.keeper.handsOver(at: uptime)
        }
        agenda.add(
            .lease(.asked(step, sentAt: uptime, turn: process.turn), process), at: now + random.milliseconds(in: 1...20)
        )
    }

    private func askLater(_ process: Process) {
        let moment = max(now, process.replica.moment(of: process.keeper.wakeAt))
        agenda.add(.lease(.ask(turn: process.turn), process), at: moment)
    }

    private func carryOut(_ step: LeaseKeeper.Step, for process: Process, sentAt: Duration, turn: Int) {
        guard reaches(process.isOver) else { return }
        let answer = answer(to: step, of: process)
        var delay = random.milliseconds(in: 1...10)
        // What comes to nothing takes its time.
        if case .failed = answer, random.chance(0.5) { delay = random.milliseconds(in: 500...5000) }
        if strikes(plan.faults.slow, "slow") { delay = random.milliseconds(in: 500...4900) }
        if delay > .seconds(1), process.replica.reachesLedger(at: now) { takeover.noteTrouble(at: now + delay) }
        agenda.add(.lease(.answered(answer, sentAt: sentAt, turn: turn), process), at: now + delay)
    }

    private func answer(to step: LeaseKeeper.Step, of process: Process) -> LeaseHappening.Answer {
        do throws(LedgerError) {
            switch step {
            case .look:
                guard now >= ledgerAwayUntil, process.replica.reachesLedger(at: now) else { return .failed }
                return .seen(ledger.lease)
            case .claim(let seen):
                return .claimed(try write(from: process.replica) { $0.claim(process.holder, after: seen) })
            case .renew(let lease):
                return .renewed(
                    try write(from: process.replica) { ledger throws(LedgerError) in try ledger.renew(lease) })
            case .handOver(let lease):
                try write(from: process.replica) { $0.handOver(lease) }
                return .handedOver
            }
        } catch {
            return error == .fenced ? .fenced : .failed
        }
    }

    private func take(_ answer: LeaseHappening.Answer, sentAt: Duration, _ process: Process) {
        process.isAsking = false
        let uptime = process.replica.uptime(at: now)
        switch answer {
        case .seen(let lease):
            process.keeper.saw(lease, at: uptime)
            if process.keeper.watched != nil { process.isReady = true }
        case .claimed(let lease): process.keeper.claimed(lease, sentAt: sentAt, at: uptime)
        case .renewed(let lease): process.keeper.renewed(lease, sentAt: sentAt)
        case .handedOver: break
        case .fenced: process.keeper.lost(at: uptime)
        case .failed: process.keeper.failed(at: uptime)
        }
        if answer.isFailure || uptime - sentAt > .seconds(1) { excuseTakeover(by: process) }
        if let last = process.stoodStillAt, sentAt > last, !answer.isFailure { process.stoodStillAt = nil }
        checkOneDecider()
        if let lease = process.keeper.held {
            if process.term == nil { decide(in: lease, process) }
        } else if let term = process.term {
            return end(term)
        } else if process.isStopping {
            return exit(process)
        }
        if process.term == nil { passHintsOn(by: process) }
        askLater(process)
    }

    /// Whoever could take over has waited for the ledger: what it takes is counted from then on.
    private func excuseTakeover(by process: Process) {
        guard process.replica.reachesLedger(at: now) else { return }
        takeover.noteTrouble(at: now)
        if !isServed { heartbeatGaps.excuseAll(at: now) }
    }

    private func decide(in lease: Lease, _ process: Process) {
        trace.note("decides", String(lease.epoch.number), at: now)
        statistics.takeovers += lease.epoch.number > 1 ? 1 : 0
        let term = begin(in: lease.epoch, process)
        if process.isStopping { return handOverWhenDone(term) }
        agenda.add(.recount(in: term), at: now + random.milliseconds(in: 1...20))
        agenda.add(.lease(.lookForNotes(term), process), at: now + LeaseKeeper.watchInterval)
    }

    /// Another decides now.
    func end(_ term: Term) {
        guard let process = term.replica.process else { return }
        trace.note("lease lost", at: now)
        term.isOver = true
        process.term = nil
        passHeartbeatsOn()
        if process.isStopping { return exit(process) }
        process.keeper.lost(at: process.replica.uptime(at: now))
        (process.turn, process.isAsking) = (process.turn + 1, false)
        ask(process)
    }

    // MARK: The end

    func stop(_ process: Process, downFor downTime: Duration) {
        process.stop = downTime
        noteTrouble()
        if let term = process.term {
            term.wakeAt = nil
            handOverWhenDone(term)
        } else if !process.isAsking {
            exit(process)
        }
    }

    /// Once all that was under way is answered and recorded.
    func handOverWhenDone(_ term: Term) {
        guard !term.isOver, term.underWay == 0, let process = term.replica.process, let lease = process.keeper.held
        else { return }
        term.isOver = true
        process.term = nil
        process.turn += 1
        agenda.add(.lease(.handOver(lease), process), at: now + random.milliseconds(in: 1...20))
    }

    private func exit(_ process: Process) {
        trace.note("exit", at: now)
        let downTime = process.stop ?? .zero
        end(process)
        agenda.add(.start(process.replica), at: now + downTime)
    }

    // MARK: Notes

    private func lookForNotes(_ term: Term, _ process: Process) {
        guard !term.isOver else { return }
        agenda.add(.lease(.takeNotes(term), process), at: now + random.milliseconds(in: 1...20))
    }

    /// What is left of them when a drain is concerned.
    private func passHintsOn(by process: Process) {
        let hints = process.hints
        process.hints = []
        guard !hints.isEmpty, now >= ledgerAwayUntil, process.replica.reachesLedger(at: now) else { return }
        let concerned = ledger.activeDrains.filter { drain in hints.contains { drain.isConcerned(by: $0) } }
        let notes = Set(
            concerned.map { drain in
                drain.location.map { Note.hinted($0.cluster, nil) } ?? .hinted(nil, drain.instance)
            })
        for note in notes.sorted(by: { "\($0)" < "\($1)" }) {
            agenda.add(.lease(.leave(note), process), at: now + random.milliseconds(in: 1...20))
        }
    }

    private func takeNotes(for term: Term, _ process: Process) {
        guard reaches(term.isOver) else { return }
        let answer = Result<[Note], LedgerError> { () throws(LedgerError) in
            try write(from: term.replica) { ledger throws(LedgerError) in try ledger.takeNotes(in: term.epoch) }
        }
        agenda.add(.lease(.notes(answer, term), process), at: now + random.milliseconds(in: 1...10))
    }

    private func take(_ answer: Result<[Note], LedgerError>, in term: Term, _ process: Process) {
        mayCrash(term.replica)
        if term.isOver { return }
        agenda.add(.lease(.lookForNotes(term), process), at: now + LeaseKeeper.watchInterval)
        switch answer {
        case .success(let notes): hear(notes, in: term)
        case .failure(.fenced): end(term)
        case .failure(let error):
            excuseUnheard(by: term)
            recount(after: error, in: term)
        }
    }

    private func hear(_ notes: [Note], in term: Term) {
        if notes.isEmpty { return }
        trace.note("notes", at: now, "\(notes)")
        // First the drains that the words are about.
        if notes.contains(where: { $0.input == nil }) { recount(in: term, having: notes) }
        for input in notes.compactMap(\.input) { handle(input, in: term) }
    }
}
