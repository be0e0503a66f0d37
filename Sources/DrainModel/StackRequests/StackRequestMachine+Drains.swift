// Before a stack deletes what runs tasks.
extension StackRequestMachine {
    /// The instances there were looked at.
    ///
    /// - Parameters:
    ///   - members: those that are there now. What has gone needs no drain any more.
    ///   - drains: its drains that are recorded.
    /// - Returns: the instances for which a drain is to be begun, if the answer is still open.
    public static func looked(
        _ request: StackRequest, at members: [InstanceID], drains: [DrainID: Drain], at now: Timestamp
    ) -> (request: StackRequest, begin: [InstanceID]) {
        guard request.isUndecided, case .drain = request.task else { return (request, []) }
        var request = request
        (request.refusedSince, request.trouble) = (nil, nil)
        let recorded = members.map { (instance: $0, drain: request.drains[$0].flatMap { drains[$0] }) }
        if let cancelled = recorded.first(where: { $0.drain?.outcome == .cancelled }) {
            let reason = "An operator called the drain of \(cancelled.instance) off: nothing more is drained"
            return (answer(request, reason, at: now), [])
        }
        if recorded.allSatisfy({ $0.drain?.hasLetGo ?? false }) { return (answer(request, nil, at: now), []) }
        request = overdue(request, drains: drains, at: now)
        guard request.isUndecided else { return (request, []) }
        // One that was joined had a deadline of its own.
        let begin = recorded.filter { $0.drain == nil || $0.drain?.outcome == .timedOut }
        return (request, begin.map(\.instance))
    }

    /// Drains were begun, or there were some already.
    public static func begun(_ request: StackRequest, _ drains: [InstanceID: DrainID]) -> StackRequest {
        var request = request
        request.drains.merge(drains) { _, new in new }
        return request
    }

    /// What is not drained, and why: what matters most comes first, for the end may be cut.
    static func lateDrains(
        of request: StackRequest, _ target: DrainTarget, _ drains: [DrainID: Drain], at until: Timestamp
    ) -> String {
        let late = request.drains.sorted { $0.key < $1.key }.compactMap { instance, id -> (InstanceID, Drain)? in
            drains[id].flatMap { $0.hasLetGo ? nil : (instance, $0) }
        }
        let time = (until - request.acceptedAt).brief
        guard !late.isEmpty else {
            return "The instances of \(target) were not seen within \(time): \(request.trouble ?? "no answer")"
        }
        let instances = late.map { "\($0): \($1.whatIsMissing)" }.joined(separator: "; ")
        let blockers = Set(late.flatMap(\.1.blockedBy))
            .sorted { ($0.code.rawValue, $0.message) < ($1.code.rawValue, $1.message) }
        let causes = blockers.map { "\($0.code.rawValue): \($0.message) \($0.hint)" }.joined(separator: " ")
        return "\(late.count) of \(request.drains.count) instances of \(target) are not drained after \(time). "
            + (causes.isEmpty ? "" : "\(causes) ") + instances
    }
}

extension Drain {
    /// Whether its end leaves nothing on the instance that somebody would miss.
    fileprivate var hasLetGo: Bool {
        switch outcome {
        case .drained, .forced, .notOurs, .gone: true
        case .timedOut, .cancelled, nil: false
        }
    }

    fileprivate var whatIsMissing: String {
        let waits = waitingFor.map { "\($0.name) (\($0.detail))" }.joined(separator: ", ")
        return waits.isEmpty ? outcome?.rawValue ?? phase.rawValue : "waits for \(waits)"
    }
}
