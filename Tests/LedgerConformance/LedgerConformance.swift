public import DrainEngine
public import DrainModel
import Testing

/// What every ledger must do, whatever it is made of. A test suite of an implementation calls each function with a
/// fresh, empty ledger.
public enum LedgerConformance {
    public static let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)

    public static func drain(
        _ number: Int, token: LifecycleActionToken? = "token", acceptedAfter seconds: Int = 0
    ) -> Drain {
        let action = LifecycleAction(
            autoScalingGroup: "asg", lifecycleHook: "hook", instance: InstanceID("i-\(number)"), token: token,
            transition: .terminating, startedAt: token == nil ? start + .seconds(seconds) : start)
        return DrainMachine.accept(action, from: .sns, at: start + .seconds(seconds), policy: DrainPolicy())
    }

    public static func acceptsOnce(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        let first = drain(1)
        #expect(try await ledger.accept(first, epoch: epoch) == .accepted)
        #expect(try await ledger.accept(drain(1, acceptedAfter: 60), epoch: epoch) == .duplicate(first))
        #expect(try await ledger.drain(first.id) == first)
        #expect(try await ledger.activeDrains() == [first])
    }

    public static func acceptsOneOfManyAtOnce(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { try await ledger.accept(drain(1), epoch: epoch) == .accepted } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(accepted == 1)
    }

    /// An adopted action and its late notification are one drain; another token is another action.
    public static func knowsActionsWithoutToken(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        let adopted = drain(1, token: nil)
        #expect(try await ledger.accept(adopted, epoch: epoch) == .accepted)
        #expect(
            try await ledger.accept(drain(1, token: nil, acceptedAfter: 60), epoch: epoch) == .duplicate(adopted))
        let heard = DrainMachine.heard(adopted, "token")
        #expect(try await ledger.accept(drain(1, acceptedAfter: 90), epoch: epoch) == .duplicate(heard))
        #expect(try await ledger.activeDrains() == [heard])
        #expect(try await ledger.accept(drain(1, token: "other"), epoch: epoch) == .accepted)
    }

    /// What an operator has called off is not adopted again, as long as Auto Scaling may wait.
    public static func leavesCancelledAlone(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        _ = try await ledger.accept(drain(1), epoch: epoch)
        let cancelled = DrainMachine.cancel(drain(1), at: start).drain
        try await ledger.update([cancelled], epoch: epoch)
        #expect(
            try await ledger.accept(drain(1, token: nil, acceptedAfter: 60), epoch: epoch) == .duplicate(cancelled))
        #expect(try await ledger.accept(drain(1), epoch: epoch) == .duplicate(cancelled))
        let later = drain(1, token: nil, acceptedAfter: 3 * 3600)
        #expect(try await ledger.accept(later, epoch: epoch) == .accepted)
    }

    public static func keepsWholeRecords(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        var drain = drain(1)
        _ = try await ledger.accept(drain, epoch: epoch)
        drain = DrainMachine.located(
            drain, at: Drain.Location(cluster: "web", containerInstance: "arn"), now: start + .seconds(1))
        drain.tasks = [TrackedTask(arn: "t", service: nil, isDaemon: false, isStopped: true, addresses: ["10.0.0.1"])]
        drain.waitingFor = [Wait(.task, "t", "RUNNING")]
        drain.heartbeat.timeoutSeconds = 300
        drain.decision = Drain.Decision(result: .continue, outcome: .drained, at: start)
        try await ledger.update([drain], epoch: epoch)
        #expect(try await ledger.drain(drain.id) == drain)
    }

    public static func changesNothingForOldWriters(_ ledger: some Ledger) async throws {
        let old = try await ledger.beginEpoch()
        let drains = (1...2).map { drain($0) }
        for drain in drains { _ = try await ledger.accept(drain, epoch: old) }
        _ = try await ledger.beginEpoch()
        let changed = [DrainMachine.superseded(drains[0], at: start), DrainMachine.heard(drains[1], "other")]
        await #expect(throws: LedgerError.fenced) { try await ledger.update(changed, epoch: old) }
        #expect(Set(try await ledger.activeDrains()) == Set(drains))
    }

    /// More than a ledger may write at once.
    public static func updatesMany(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        var drains = (1...120).map { drain($0) }
        for drain in drains { _ = try await ledger.accept(drain, epoch: epoch) }
        for index in drains.indices { drains[index].heartbeat.count = index }
        try await ledger.update(drains, epoch: epoch)
        #expect(Set(try await ledger.activeDrains()) == Set(drains))
        let finished = drains.prefix(60).map { DrainMachine.superseded($0, at: start) }
        try await ledger.update(finished, epoch: epoch)
        #expect(Set(try await ledger.activeDrains()) == Set(drains.dropFirst(60)))
        let page = try await ledger.drains(matching: DrainQuery(state: .finished))
        #expect(Set(page.drains) == Set(finished))
    }

    public static func fencesOldWriters(_ ledger: some Ledger) async throws {
        let old = try await ledger.beginEpoch()
        let new = try await ledger.beginEpoch()
        #expect(old < new)
        await #expect(throws: LedgerError.fenced) { try await ledger.accept(drain(1), epoch: old) }
        #expect(try await ledger.accept(drain(1), epoch: new) == .accepted)
    }

    public static func keepsFinishedFinal(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        let open = drain(1)
        _ = try await ledger.accept(open, epoch: epoch)
        let finished = DrainMachine.superseded(open, at: start)
        try await ledger.update([finished], epoch: epoch)
        // Left out, while the others are recorded.
        let other = drain(2)
        _ = try await ledger.accept(other, epoch: epoch)
        try await ledger.update([open, DrainMachine.superseded(other, at: start)], epoch: epoch)
        #expect(try await ledger.drain(open.id) == finished)
        #expect(try await ledger.drain(other.id)?.phase == .finished)
        var otherEnd = finished
        otherEnd.outcome = .forced
        try await ledger.update([otherEnd], epoch: epoch)
        #expect(try await ledger.drain(open.id) == finished)
        #expect(try await ledger.accept(open, epoch: epoch) == .duplicate(finished))
        #expect(try await ledger.activeDrains().isEmpty)
    }

    /// What finished long ago is forgotten when another one finishes; what is still open never is.
    ///
    /// - Parameter pass: makes it that time for the ledger, if it has a clock.
    public static func forgetsOldOnes(
        _ ledger: some Ledger, pass: (Timestamp) -> Void = { _ in }
    ) async throws {
        let epoch = try await ledger.beginEpoch()
        let open = drain(2)
        var (old, new) = (drain(1), drain(3, acceptedAfter: 31 * 24 * 3600))
        for drain in [old, open, new] { _ = try await ledger.accept(drain, epoch: epoch) }
        (old.phase, old.outcome, old.finishedAt) = (.finished, .drained, old.acceptedAt + .seconds(60))
        try await ledger.update([old], epoch: epoch)
        #expect(try await ledger.drain(old.id) != nil)
        (new.phase, new.outcome, new.finishedAt) = (.finished, .drained, new.acceptedAt + .seconds(60))
        pass(new.acceptedAt + .seconds(60))
        try await ledger.update([new], epoch: epoch)
        #expect(try await ledger.drain(old.id) == nil)
        #expect(try await ledger.drain(new.id) != nil)
        #expect(try await ledger.drain(open.id) != nil)
    }

    public static func pagesNewestFirst(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        // Two of them share a moment.
        for number in 1...5 { _ = try await ledger.accept(drain(number, acceptedAfter: number / 2), epoch: epoch) }
        var query = DrainQuery(state: .all, limit: 2)
        var seen: [Drain] = []
        var pages = 0
        repeat {
            let page = try await ledger.drains(matching: query)
            seen += page.drains
            query.after = page.next
            pages += 1
        } while query.after != nil
        #expect(pages == 3)
        #expect(Set(seen.map(\.id)).count == 5)
        #expect(seen.map(\.acceptedAt) == seen.map(\.acceptedAt).sorted(by: >))
    }

    public static func filters(_ ledger: some Ledger) async throws {
        let epoch = try await ledger.beginEpoch()
        let drains = (1...3).map { drain($0) }
        for drain in drains { _ = try await ledger.accept(drain, epoch: epoch) }
        let located = DrainMachine.located(
            drains[0], at: Drain.Location(cluster: "web", containerInstance: "arn"), now: start)
        try await ledger.update([located, DrainMachine.superseded(drains[1], at: start)], epoch: epoch)
        let inWeb = try await ledger.drains(matching: DrainQuery(state: .all, cluster: "web"))
        #expect(inWeb.drains == [located])
        #expect(try await ledger.drains(matching: DrainQuery(state: .finished)).drains.map(\.id) == [drains[1].id])
        #expect(try await ledger.drains(matching: DrainQuery(state: .active)).drains.count == 2)
    }

    public static func provesItIsWritable(_ ledger: some Ledger) async throws {
        try await ledger.checkWritable()
        #expect(try await ledger.drains(matching: DrainQuery(state: .all)).drains.isEmpty)
    }
}
