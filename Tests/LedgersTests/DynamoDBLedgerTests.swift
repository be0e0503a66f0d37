import AWSClient
import DrainEngine
import DrainModel
import LedgerConformance
import Ledgers
import Synchronization
import Testing

@Suite("The DynamoDB ledger", .serialized, Moto.isThere)
struct DynamoDBLedgerTests {
    let table: SharedTable

    init() async throws { table = try await SharedTable().made() }

    @Test("accepts a drain once") func acceptsOnce() async throws {
        try await LedgerConformance.acceptsOnce(table.ledger())
    }
    @Test("accepts one of many equal ones that come at once") func acceptsOneOfMany() async throws {
        try await LedgerConformance.acceptsOneOfManyAtOnce(table.ledger())
    }
    @Test("knows an action that was adopted without its token") func knowsActionsWithoutToken() async throws {
        try await LedgerConformance.knowsActionsWithoutToken(table.ledger())
    }
    @Test("leaves alone what an operator has called off") func leavesCancelledAlone() async throws {
        try await LedgerConformance.leavesCancelledAlone(table.ledger())
    }
    @Test("keeps every part of a record") func keepsWholeRecords() async throws {
        try await LedgerConformance.keepsWholeRecords(table.ledger())
    }
    @Test("changes nothing for a writer that was replaced") func changesNothingForOldWriters() async throws {
        try await LedgerConformance.changesNothingForOldWriters(table.ledger())
    }
    @Test("updates very many at once") func updatesMany() async throws {
        try await LedgerConformance.updatesMany(table.ledger())
    }
    @Test("refuses a writer that was replaced") func fencesOldWriters() async throws {
        try await LedgerConformance.fencesOldWriters(table.ledger())
    }
    @Test("never reopens what is finished") func keepsFinishedFinal() async throws {
        try await LedgerConformance.keepsFinishedFinal(table.ledger())
    }
    @Test("forgets what finished a month ago") func forgetsOldOnes() async throws {
        try await LedgerConformance.forgetsOldOnes(table.ledger()) { table.clock.leap(to: $0) }
    }
    @Test("pages newest first, missing and repeating none") func pagesNewestFirst() async throws {
        try await LedgerConformance.pagesNewestFirst(table.ledger())
    }
    @Test("filters by state and cluster") func filters() async throws {
        try await LedgerConformance.filters(table.ledger())
    }
    @Test("proves that it can be written") func provesItIsWritable() async throws {
        try await LedgerConformance.provesItIsWritable(table.ledger())
    }

    @Test("pages through open and finished drains together, newest first")
    func pagesThroughBoth() async throws {
        let ledger = try table.ledger()
        let epoch = try await ledger.beginEpoch()
        let drains = (1...7).map { LedgerConformance.drain($0, acceptedAfter: $0) }
        for drain in drains { _ = try await ledger.accept(drain, epoch: epoch) }
        let finished = drains.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        try await ledger.update(
            finished.map { DrainMachine.superseded($0, at: LedgerConformance.start) }, epoch: epoch)
        var query = DrainQuery(state: .all, limit: 2)
        var seen: [DrainID] = []
        repeat {
            let page = try await ledger.drains(matching: query)
            seen += page.drains.map(\.id)
            query.after = page.next
        } while query.after != nil
        #expect(seen == drains.map(\.id).reversed())
    }

    @Test("holds what another process accepted, and fences that one when a new epoch begins")
    func twoWriters() async throws {
        let (first, second) = (try table.ledger(), try table.ledger())
        let old = try await first.beginEpoch()
        let open = LedgerConformance.drain(1)
        _ = try await first.accept(open, epoch: old)
        let new = try await second.beginEpoch()
        #expect(try await second.activeDrains() == [open])
        await #expect(throws: LedgerError.fenced) {
            try await first.accept(LedgerConformance.drain(2), epoch: old)
        }
        await #expect(throws: LedgerError.fenced) { try await first.accept(open, epoch: old) }
        await #expect(throws: LedgerError.fenced) { try await first.update([open], epoch: old) }
        #expect(try await second.accept(LedgerConformance.drain(2), epoch: new) == .accepted)
    }

    @Test("makes one drain of one action, which eight tell of at once, with and without its token, in two processes")
    func concurrentAcceptance() async throws {
        let ledgers = [try table.ledger(), try table.ledger()]
        let epoch = try await ledgers[0].beginEpoch()
        let accepted = try await withThrowingTaskGroup(of: Acceptance.self) { group in
            for number in 0..<8 {
                let drain = LedgerConformance.drain(
                    1, token: number.isMultiple(of: 3) ? nil : "token", acceptedAfter: number)
                group.addTask { try await ledgers[number % 2].accept(drain, epoch: epoch) }
            }
            return try await group.reduce(0) { $0 + ($1 == .accepted ? 1 : 0) }
        }
        #expect(accepted == 1)
        #expect(try await ledgers[0].activeDrains().map(\.action?.token) == ["token"])
    }

    /// A ledger between whose reads and writes something happens in another process, once.
    private func ledger(
        before: String? = nil, after: String? = nil, happens: @escaping @Sendable (DynamoDBLedger) async throws -> Void
    ) throws -> DynamoDBLedger {
        let (base, other) = (try Moto.caller(), try table.ledger())
        return try table.ledger { _ in
            InterferingCaller(base, before: before, after: after) {
                await #expect(throws: Never.self) { try await happens(other) }
            }
        }
    }

    @Test(
        "makes one drain of an action that another process adopts among its reads, or between them and its write",
        arguments: [true, false])
    func adoptedMeanwhile(amongReads: Bool) async throws {
        let epoch = try await table.ledger().beginEpoch()
        let adopted = LedgerConformance.drain(1, token: nil)
        let ledger = try ledger(
            before: amongReads ? nil : "TransactWriteItems", after: amongReads ? "Query" : nil
        ) { _ = try await $0.accept(adopted, epoch: epoch) }
        let heard = DrainMachine.heard(adopted, "token")
        #expect(try await ledger.accept(LedgerConformance.drain(1), epoch: epoch) == .duplicate(heard))
        #expect(try await ledger.activeDrains() == [heard])
    }

    @Test("adds a token to the drain as it is, although it changed between the read and the write")
    func changedMeanwhile() async throws {
        let (direct, adopted) = (try table.ledger(), LedgerConformance.drain(1, token: nil))
        let epoch = try await direct.beginEpoch()
        _ = try await direct.accept(adopted, epoch: epoch)
        var drain = adopted
        drain.heartbeat.count = 5
        let changed = drain
        let ledger = try ledger(before: "TransactWriteItems") { try await $0.update([changed], epoch: epoch) }
        let heard = DrainMachine.heard(changed, "token")
        #expect(try await ledger.accept(LedgerConformance.drain(1), epoch: epoch) == .duplicate(heard))
        #expect(try await direct.drain(adopted.id) == heard)
    }

    @Test("misses no drain that finishes while it is looked for")
    func finishedMeanwhile() async throws {
        let (direct, drain) = (try table.ledger(), LedgerConformance.drain(1))
        let epoch = try await direct.beginEpoch()
        _ = try await direct.accept(drain, epoch: epoch)
        let finished = DrainMachine.superseded(drain, at: LedgerConformance.start)
        let ledger = try ledger(after: "GetItem") { try await $0.update([finished], epoch: epoch) }
        #expect(try await ledger.drain(drain.id) == drain)
        #expect(try await ledger.drain(drain.id) == finished)
    }

    @Test("lists a drain once that finishes while they are listed")
    func listedMeanwhile() async throws {
        let (direct, drain) = (try table.ledger(), LedgerConformance.drain(1))
        let epoch = try await direct.beginEpoch()
        _ = try await direct.accept(drain, epoch: epoch)
        let finished = DrainMachine.superseded(drain, at: LedgerConformance.start)
        let ledger = try ledger(after: "Query") { try await $0.update([finished], epoch: epoch) }
        #expect(try await ledger.drains(matching: DrainQuery(state: .all)).drains == [finished])
    }

    @Test("takes no hook for new whose drain finishes while it is looked for")
    func acceptedMeanwhile() async throws {
        let (direct, drain) = (try table.ledger(), LedgerConformance.drain(1))
        let epoch = try await direct.beginEpoch()
        _ = try await direct.accept(drain, epoch: epoch)
        let finished = DrainMachine.superseded(drain, at: LedgerConformance.start)
        let ledger = try ledger(after: "Query") { try await $0.update([finished], epoch: epoch) }
        #expect(try await ledger.accept(drain, epoch: epoch) == .duplicate(drain))
        #expect(try await ledger.accept(drain, epoch: epoch) == .duplicate(finished))
    }

    @Test("makes one drain where the answer to the first try was lost after it was recorded")
    func lostAnswer() async throws {
        let caller = InterferingCaller(losingFirstAnswerOf: try Moto.caller())
        let ledger = try table.ledger { _ in caller }
        let epoch = try await ledger.beginEpoch()
        let drain = LedgerConformance.drain(1)
        let error = await #expect(throws: LedgerError.self) { try await ledger.accept(drain, epoch: epoch) }
        guard case .unknownOutcome = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(try await ledger.accept(drain, epoch: epoch) == .duplicate(drain))
        #expect(try await ledger.activeDrains() == [drain])
    }

    @Test("records a finish once, where the answer to the first try was lost after it was recorded")
    func lostAnswerToUpdate() async throws {
        let (drain, direct) = (LedgerConformance.drain(1), try table.ledger())
        let epoch = try await direct.beginEpoch()
        _ = try await direct.accept(drain, epoch: epoch)
        let caller = InterferingCaller(losingFirstAnswerOf: try Moto.caller())
        let ledger = try table.ledger { _ in caller }
        let finished = DrainMachine.superseded(drain, at: LedgerConformance.start)
        let error = await #expect(throws: LedgerError.self) { try await ledger.update([finished], epoch: epoch) }
        guard case .unknownOutcome = error else { return #expect(Bool(false), "\(String(describing: error))") }
        try await ledger.update([finished], epoch: epoch)
        #expect(try await ledger.drains(matching: DrainQuery(state: .all)).drains == [finished])
    }

    @Test("knows what is finished no more once it has expired, although DynamoDB has not deleted it yet")
    func expiry() async throws {
        let ledger = try table.ledger()
        let epoch = try await ledger.beginEpoch()
        let drain = LedgerConformance.drain(1)
        _ = try await ledger.accept(drain, epoch: epoch)
        try await ledger.update([DrainMachine.superseded(drain, at: LedgerConformance.start)], epoch: epoch)
        table.clock.leap(to: drain.acceptedAt + LedgerRetention.finished + .seconds(1))
        #expect(try await ledger.drain(drain.id) == nil)
        #expect(try await ledger.drains(matching: DrainQuery(state: .finished)).drains.isEmpty)
        #expect(try await ledger.accept(drain, epoch: epoch) == .accepted)
    }

    private func history(bytes: Int) -> [Drain.HistoryEntry] {
        (0..<bytes / 1000).map { number in
            Drain.HistoryEntry(
                at: LedgerConformance.start + .seconds(number), message: String(repeating: "x", count: 960))
        }
    }

    @Test("holds more than DynamoDB reads or writes at once")
    func largeRecords() async throws {
        let caller = InterferingCaller(try Moto.caller()) {}
        let ledger = try table.ledger { _ in caller }
        let epoch = try await ledger.beginEpoch()
        var drains = (1...8).map { LedgerConformance.drain($0) }
        for drain in drains { _ = try await ledger.accept(drain, epoch: epoch) }
        for index in drains.indices { drains[index].history = history(bytes: 350_000) }
        try await ledger.update(drains, epoch: epoch)
        #expect(Set(try await ledger.activeDrains()) == Set(drains))
    }

    @Test(
        "writes no more at once than a partition takes, unless it is one record",
        arguments: [15_000, 45_000, 350_000])
    func transactionSize(historyBytes: Int) async throws {
        let caller = InterferingCaller(try Moto.caller()) {}
        let ledger = try table.ledger { _ in caller }
        let epoch = try await ledger.beginEpoch()
        var drains = (1...9).map { LedgerConformance.drain($0) }
        for drain in drains { _ = try await ledger.accept(drain, epoch: epoch) }
        for index in drains.indices { drains[index].history = history(bytes: historyBytes) }
        let before = caller.requests(of: "TransactWriteItems").count
        try await ledger.update(drains, epoch: epoch)
        // moto would take more; DynamoDB does not.
        let sizes = caller.requests(of: "TransactWriteItems").dropFirst(before).map(\.body.count)
        #expect(sizes.allSatisfy { $0 < max(220_000, historyBytes * 12 / 10) })
        #expect(sizes.count == [15_000: 1, 45_000: 3, 350_000: 9][historyBytes])
    }

    @Test("leaves out the beginning of a history that is too long for an item, says so, and keeps all else")
    func longHistory() async throws {
        let ledger = try table.ledger()
        let epoch = try await ledger.beginEpoch()
        var drain = LedgerConformance.drain(1)
        _ = try await ledger.accept(drain, epoch: epoch)
        drain.history = history(bytes: 900_000)
        drain.tasks = [TrackedTask(arn: "t", service: "s", isDaemon: false, isStopped: false, addresses: [])]
        drain.decision = Drain.Decision(result: .continue, outcome: .drained, at: LedgerConformance.start)
        try await ledger.update([drain], epoch: epoch)
        var kept = try #require(try await ledger.drain(drain.id))
        #expect(kept.history.first?.message.hasPrefix("what came next is left out") == true)
        #expect(kept.history.count > 300)
        #expect(Array(kept.history.dropFirst()) == drain.history.suffix(kept.history.count - 1))
        kept.history = drain.history
        #expect(kept == drain)
    }

    @Test("leaves out stopped tasks of a drain that has had too many, but no service and no address of theirs")
    func tooManyTasks() async throws {
        let ledger = try table.ledger()
        let epoch = try await ledger.beginEpoch()
        var drain = LedgerConformance.drain(1)
        _ = try await ledger.accept(drain, epoch: epoch)
        drain.tasks = (0..<4000).map { number in
            TrackedTask(
                arn: TaskARN("arn:aws:ecs:eu-west-1:123456789012:task/web/\(number)"),
                service: number.isMultiple(of: 3) ? nil : ServiceName("service-\(number % 7)"), isDaemon: false,
                isStopped: number > 0, addresses: ["10.0.\(number / 100).\(number % 50)"])
        }
        try await ledger.update([drain], epoch: epoch)
        let kept = try #require(try await ledger.drain(drain.id))
        #expect(kept.services == drain.services)
        #expect(kept.tasks.filter { !$0.isStopped } == drain.tasks.filter { !$0.isStopped })
        #expect(Set(kept.tasks.flatMap(\.addresses)) == Set(drain.tasks.flatMap(\.addresses)))
        #expect(kept.tasks.count == 9)
    }

    @Test("records the others where one is too large even without its history, and says which")
    func tooLarge() async throws {
        let ledger = try table.ledger()
        let epoch = try await ledger.beginEpoch()
        var drains = (1...2).map { LedgerConformance.drain($0) }
        for drain in drains { _ = try await ledger.accept(drain, epoch: epoch) }
        drains[0].tasks = (0..<4000).map { number in
            TrackedTask(
                arn: TaskARN("arn:aws:ecs:eu-west-1:123456789012:task/web/\(number)"), service: nil, isDaemon: false,
                isStopped: false, addresses: [])
        }
        drains[1].heartbeat.count = 7
        let changed = drains
        let error = await #expect(throws: LedgerError.self) { try await ledger.update(changed, epoch: epoch) }
        guard case .unavailable(let reason) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(reason.contains(drains[0].id.rawValue))
        #expect(try await ledger.drain(drains[1].id) == drains[1])
    }

    @Test("leaves a record alone that it cannot read, says so, and has the others")
    func unreadable() async throws {
        let item: DynamoDB.Item = ["pk": .string("open"), "sk": .string("i-1-x"), "record": .string("{}")]
        try await DynamoDB(Moto.caller()).transactWriteItems(table: table.name, [.put(item)], token: "t")
        let told = Mutex<[String]>([])
        let ledger = DynamoDBLedger(
            table: table.name, caller: try Moto.caller(), clock: table.clock,
            report: { error in told.withLock { $0.append(error.description) } })
        let drain = LedgerConformance.drain(2)
        _ = try await ledger.accept(drain, epoch: ledger.beginEpoch())
        for _ in 1...2 { #expect(try await ledger.activeDrains() == [drain]) }
        #expect(told.withLock { $0.count } == 1)
        #expect(told.withLock { $0.allSatisfy { $0.contains("i-1-x") } })
    }

    @Test("finds an instance's drains by their ids, which begin with the instance's")
    func idBeginsWithInstance() {
        let manual = Drain(
            instance: "i-1", origin: .manual, acceptedAt: LedgerConformance.start, deadline: LedgerConformance.start)
        #expect(manual.id.rawValue.hasPrefix("i-1-"))
        #expect(LedgerConformance.drain(1).id.rawValue.hasPrefix("i-1-"))
    }
}
