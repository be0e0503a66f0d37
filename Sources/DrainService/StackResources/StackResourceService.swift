import AWSClient
import DrainEngine
import DrainModel
import Logging
import ServiceLifecycle

/// Works CloudFormation's requests, if this draind decides: reads those that are open, does for each what its record says
/// comes next, and records what came of it. What a process did not get done, the next one finds in the ledger.
actor StackResourceService: Service, CustomStringConvertible {
    /// Between two reads of the open requests.
    private static let interval = Duration.seconds(1)
    /// The longest pause between two tries.
    private static let longestPause = Duration.seconds(30)

    private let ledger: any Ledger & StackRequestLedger
    private let controller: DrainController
    private let errands: StackErrands
    private let clock: any WallClock
    /// Between two looks at instances that drain.
    private let lookPause: Duration
    private let logger: Logger

    private var inHand: Set<StackRequestID> = []
    private var pauses: [StackRequestID: Pause] = [:]
    /// Finished is final: these need not be read again.
    private var finished: [DrainID: Drain] = [:]
    private var isReadable = true

    private struct Pause {
        var tries = 0
        /// By the clock's uptime.
        var until = Duration.zero
    }

    nonisolated var description: String { "custom resources" }

    init(
        ledger: any Ledger & StackRequestLedger, controller: DrainController, errands: StackErrands,
        clock: any WallClock, lookPause: Duration, logger: Logger
    ) {
        self.ledger = ledger
        self.controller = controller
        self.errands = errands
        self.clock = clock
        self.lookPause = lookPause
        self.logger = logger
    }

    /// Works until a graceful shutdown; what is in hand is finished.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                for request in await due() { group.addTask { await self.goOn(with: request) } }
                try? await cancelWhenGracefulShutdown { [clock] in
                    try await clock.sleep(until: clock.now() + Self.interval)
                }
            }
        }
    }

    /// The epoch under which this draind decides; nil where another does.
    private var epoch: Epoch? {
        guard controller.isReady, case .decides(let epoch) = controller.role else { return nil }
        return epoch
    }

    /// The open requests for which it is time, each of them in nobody else's hand until it is gone on with.
    private func due() async -> [StackRequest] {
        guard epoch != nil else { return [] }
        do throws(LedgerError) {
            let open = try await ledger.openStackRequests()
            isReadable = true
            if open.isEmpty { (pauses, finished) = ([:], [:]) }
            let uptime = clock.uptime()
            let due = open.filter { !inHand.contains($0.id) && (pauses[$0.id]?.until ?? .zero) <= uptime }
            inHand.formUnion(due.map(\.id))
            return await withoutSuperseded(due, among: open)
        } catch {
            // Once, until it can be read again.
            if isReadable { logger.error("requests of CloudFormation are not seen: \(error)") }
            isReadable = false
            return []
        }
    }

    private func withoutSuperseded(_ due: [StackRequest], among open: [StackRequest]) async -> [StackRequest] {
        var next: [StackRequest] = []
        for request in due {
            let now = StackRequestMachine.superseded(request, by: open, at: clock.now())
            if let recorded = await record(now, after: request) { next.append(recorded) } else { letGo(of: request) }
        }
        return next
    }

    /// Does what comes next, and after that as long as it leads on.
    func goOn(with request: StackRequest) async {
        var request = request
        defer { letGo(of: request) }
        while let errand = StackRequestMachine.errand(for: request) {
            let next = await outcome(of: errand, for: request)
            guard let recorded = await record(next, after: request) else { return wait(request) }
            let leadsOn = recorded.answer != request.answer
            request = recorded
            if !leadsOn { break }
            pauses[request.id] = nil
        }
        if request.finishedAt == nil { wait(request) }
    }

    private func letGo(of request: StackRequest) { inHand.remove(request.id) }

    private func wait(_ request: StackRequest) {
        var pause = pauses[request.id] ?? Pause()
        pause.tries += 1
        var length = min(Self.longestPause, .seconds(1 << min(pause.tries - 1, 5)))
        if case .look = StackRequestMachine.errand(for: request), request.trouble == nil { length = lookPause }
        pause.until = clock.uptime() + length
        pauses[request.id] = pause
    }

    // MARK: Errands

    private func outcome(of errand: StackRequestMachine.Errand, for request: StackRequest) async -> StackRequest {
        switch errand {
        case .putHook(let address, let settings):
            return told(request, await errands.put(address, settings))
        case .deleteHook(let address): return told(request, await errands.delete(address))
        case .look(let target): return await looked(request, at: target)
        case .send(let answer, let url):
            let refusal = await errands.send(answer, to: url)
            let next = StackRequestMachine.sent(request, isAcknowledged: refusal == nil, at: clock.now())
            if let refusal {
                let isOver = next.finishedAt != nil
                logger.log(
                    level: isOver ? .error : .warning,
                    "CloudFormation has not taken the answer\(isOver ? ", and is not told any more" : ""): \(refusal)",
                    metadata: Logger.Metadata(request))
            }
            return next
        }
    }

    private func told(_ request: StackRequest, _ reply: StackRequestMachine.Reply) -> StackRequest {
        switch reply {
        case .done: break
        case .refused(let words), .unanswered(let words):
            logger.warning("AWS has not done it: \(words)", metadata: Logger.Metadata(request))
        }
        let now = clock.now()
        return StackRequestMachine.overdue(StackRequestMachine.told(request, reply, at: now), at: now)
    }

    private func looked(_ request: StackRequest, at target: DrainTarget) async -> StackRequest {
        let members: [InstanceID]
        var drains: [DrainID: Drain] = [:]
        do {
            drains = try await recorded(request.drains.values)
            members = try await errands.members(of: target)
        } catch {
            let reply = (error as? AWSError).map(StackRequestMachine.Reply.init) ?? .unanswered("\(error)")
            logger.warning("instances are not seen: \(error)", metadata: Logger.Metadata(request))
            let now = clock.now()
            return StackRequestMachine.overdue(
                StackRequestMachine.told(request, reply, at: now), drains: drains, at: now)
        }
        let (next, begin) = StackRequestMachine.looked(request, at: members, drains: drains, at: clock.now())
        return await begun(next, begin, in: target)
    }

    private func begun(_ request: StackRequest, _ instances: [InstanceID], in target: DrainTarget) async -> StackRequest
    {
        guard !instances.isEmpty, case .drain(_, let until, _) = request.task else { return request }
        let cluster: ClusterName? = if case .cluster(let name) = target { name } else { nil }
        do throws(LedgerError) {
            // They end after the answer is decided, so that it can say what they wait for.
            let deadline = until + .seconds(60)
            let drains = try await controller.drain(instances, in: cluster, forStackUntil: deadline)
            return StackRequestMachine.begun(request, drains)
        } catch {
            logger.error("instances are not drained yet: \(error)", metadata: Logger.Metadata(request))
            return request
        }
    }

    private func recorded(_ ids: some Collection<DrainID>) async throws(LedgerError) -> [DrainID: Drain] {
        guard !ids.isEmpty else { return [:] }
        var drains = finished
        for drain in try await ledger.activeDrains() { drains[drain.id] = drain }
        for id in ids where drains[id] == nil {
            guard let drain = try await ledger.drain(id) else { continue }
            drains[id] = drain
            if drain.phase == .finished { finished[id] = drain }
        }
        return drains
    }

    // MARK: The record

    /// - Returns: nil when it could not be recorded, so that nothing may come of it.
    private func record(_ request: StackRequest, after before: StackRequest) async -> StackRequest? {
        guard request != before else { return request }
        guard let epoch else { return nil }
        do throws(LedgerError) {
            try await ledger.update(request, epoch: epoch)
        } catch {
            // Another draind decides, and finds it as it was.
            if error != .fenced { logger.error("not recorded: \(error)", metadata: Logger.Metadata(request)) }
            return nil
        }
        tell(request, after: before)
        return request
    }

    private func tell(_ request: StackRequest, after before: StackRequest) {
        let details = Logger.Metadata(request)
        if let answer = request.answer, before.answer == nil {
            let remark = answer.reason.isEmpty ? "" : ": \(answer.reason)"
            logger.log(
                level: answer.reason.isEmpty ? .notice : .warning,
                "CloudFormation is told \(answer.isSuccess ? "SUCCESS" : "FAILED")\(remark)", metadata: details)
        }
        if request.isAcknowledged { logger.info("CloudFormation has taken the answer", metadata: details) }
    }
}
