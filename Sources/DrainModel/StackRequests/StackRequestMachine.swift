/// What happens next to one request of CloudFormation: a pure, synchronous function of the record, what was observed, and
/// the time.
///
/// As with drains, nothing is remembered beside the record, so after a crash the same observation leads to the same step
/// again.
public enum StackRequestMachine {
    /// For so long CloudFormation waits, unless a template says otherwise: ServiceTimeout.
    static let longestWait = Duration.seconds(3600)
    /// For so long AWS may refuse what it is asked: a role that the stack has just made is not known everywhere yet.
    static let patience = Duration.seconds(60)

    /// What has to be done next.
    public enum Errand: Hashable, Sendable {
        case putHook(HookAddress, HookSettings)
        case deleteHook(HookAddress)
        /// Which instances are there?
        case look(DrainTarget)
        case send(StackAnswer, to: String)
    }

    /// What came of a call.
    public enum Reply: Hashable, Sendable {
        case done
        case refused(String)
        /// It may be tried again, as long as there is time.
        case unanswered(String)
    }

    // MARK: Beginning

    /// The first record of a request that has just come in. Where nothing needs to be done, it is answered already.
    ///
    /// - Parameter served: the clusters that this draind serves; empty: all.
    public static func accept(
        _ message: StackMessage, from origin: DrainOrigin, served: [ClusterName], at now: Timestamp
    ) -> StackRequest {
        let wait = message.serviceTimeout ?? longestWait
        let patience = wait - min(.seconds(60), wait / 5)
        let answerBy = message.sentAt + patience
        let (task, made) = task(of: message, served: served, patience: patience, now: now, answerBy: answerBy)
        let request = StackRequest(
            message, task: task, madeResourceID: made, origin: origin, acceptedAt: now, answerBy: answerBy)
        switch task {
        case .nothing: return answer(request, nil, at: now)
        case .refuse(let sentence): return answer(request, sentence, at: now)
        case .putHook, .deleteHook, .drain:
            guard now < answerBy else {
                return answer(
                    request, "The request reached draind \((now - message.sentAt).brief) late: nothing was done",
                    at: now)
            }
            return request
        }
    }

    private static func task(
        of message: StackMessage, served: [ClusterName], patience: Duration, now: Timestamp, answerBy: Timestamp
    ) -> (StackTask, madeResourceID: String) {
        let known = message.physicalResourceID.flatMap { $0.isEmpty ? nil : $0 }
        let nothing = StackResourceID.none.text(stackID: message.stackID, logicalID: message.logicalResourceID)
        if message.requestType == .delete {
            return (.toDelete(message, now: now, answerBy: answerBy), known ?? nothing)
        }
        do throws(StackProperties.Refusal) {
            let (task, resource) = try StackTask.toMake(message, served: served, patience: patience)
            return (task, resource.text(stackID: message.stackID, logicalID: message.logicalResourceID))
        } catch {
            return (.refuse(error.sentence), known ?? nothing)
        }
    }

    // MARK: Going on

    /// nil for what is finished.
    public static func errand(for request: StackRequest) -> Errand? {
        guard request.finishedAt == nil else { return nil }
        if let answer = request.answer { return .send(answer, to: request.responseURL) }
        switch request.task {
        case .putHook(let address, let settings): return .putHook(address, settings)
        case .deleteHook(let address): return .deleteHook(address)
        case .drain(let target, _, _): return .look(target)
        case .nothing, .refuse: return nil
        }
    }

    /// AWS was asked, and has done it, or not.
    public static func told(_ request: StackRequest, _ reply: Reply, at now: Timestamp) -> StackRequest {
        guard request.isUndecided else { return request }
        var request = request
        switch reply {
        case .done: return answer(request, nil, at: now)
        case .refused(let words):
            let since = request.refusedSince ?? now
            (request.refusedSince, request.trouble) = (since, words)
            if now - since >= patience { return answer(request, words, at: now) }
        case .unanswered(let words): request.trouble = words
        }
        return request
    }

    /// Time has passed.
    ///
    /// - Parameter drains: its drains that are recorded.
    public static func overdue(
        _ request: StackRequest, drains: [DrainID: Drain] = [:], at now: Timestamp
    ) -> StackRequest {
        guard request.isUndecided else { return request }
        if case .drain(let target, let until, let onTimeout) = request.task {
            guard now >= until else { return request }
            let reason = lateDrains(of: request, target, drains, at: until)
            return answer(request, onTimeout == .continue ? nil : reason, remark: reason, at: now)
        }
        guard now >= request.answerBy else { return request }
        return answer(request, "AWS has not done it in time: \(request.trouble ?? "no answer")", at: now)
    }

    /// A later request for the same resource has come, while this one was to make it: CloudFormation has given it up.
    public static func superseded(_ request: StackRequest, by others: [StackRequest], at now: Timestamp) -> StackRequest
    {
        guard request.isUndecided, request.requestType != .delete else { return request }
        let hasLater = others.contains { other in
            other.stackID == request.stackID && other.logicalResourceID == request.logicalResourceID
                && other.sentAt > request.sentAt
        }
        return hasLater
            ? answer(request, "A later request for the same resource has come: nothing more is done", at: now) : request
    }

    // MARK: The answer

    /// For so long after CloudFormation began to wait, or the answer was decided, it is sent: then nobody waits for it.
    private static let longestSending = (sinceRequest: Duration.seconds(4200), sinceDecision: Duration.seconds(600))

    /// The answer was sent.
    public static func sent(_ request: StackRequest, isAcknowledged: Bool, at now: Timestamp) -> StackRequest {
        guard let answeredAt = request.answeredAt, request.finishedAt == nil else { return request }
        var request = request
        let end = max(
            request.sentAt + longestSending.sinceRequest, answeredAt + longestSending.sinceDecision)
        if isAcknowledged || now >= end { request.finishedAt = now }
        request.isAcknowledged = isAcknowledged
        return request
    }

    /// - Parameters:
    ///   - failure: nil: it was done.
    ///   - remark: for the log.
    static func answer(
        _ request: StackRequest, _ failure: String?, remark: String = "", at now: Timestamp
    ) -> StackRequest {
        var request = request
        // Whatever failed, the resource is what it was; a create names what it may have begun to make, for the rollback.
        let failed = request.physicalResourceID ?? request.madeResourceID
        var data: [(String, String)] = []
        if case .putHook(let address, _) = request.task { data = [("HookName", address.hook.rawValue)] }
        request.answer =
            failure.map {
                StackAnswer(to: request, isSuccess: false, reason: $0, physicalID: failed)
            }
            ?? StackAnswer(
                to: request, isSuccess: true, reason: remark, physicalID: request.madeResourceID, data: data)
        request.answeredAt = now
        return request
    }
}
