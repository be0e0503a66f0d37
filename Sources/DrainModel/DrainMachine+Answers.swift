// What AWS's answers mean for a drain, and what ends it from outside.
extension DrainMachine {
    /// A call was answered.
    ///
    /// - Parameters:
    ///   - sentAt: when it was sent: from then on, at the latest, Auto Scaling counts a heartbeat.
    ///   - mayHaveBeenSentBefore: whether another completion of this action may have reached Auto Scaling, since its answer
    ///     was lost or is on its way; then "no active action" means that it did.
    public static func answered(
        _ drain: Drain, _ call: Call, _ answer: CallAnswer, sentAt: Timestamp, mayHaveBeenSentBefore: Bool,
        at now: Timestamp
    ) -> Drain {
        guard drain.phase != .finished else { return drain }
        var drain = drain
        switch (call, answer) {
        case (.setActive(_, let location), .notFound(let reason)):
            if !drain.forget(location.containerInstance) {
                drain.finish(.cancelled, "Cancelled; the instance could not be set ACTIVE again: \(reason)", at: now)
            }
        case (_, .refused(let reason, _)), (_, .notFound(let reason)), (_, .unanswered(let reason)):
            let refused = Drain.RefusedCall(operation: call.operation, reason: reason)
            drain.refusedCall = refused
            drain.show(.awsRefused(refused), at: now)
            return drain
        case (.recordHeartbeat, .done):
            if !drain.isConfirmed { drain.note("Auto Scaling confirms that it waits", at: now) }
            drain.heartbeat.lastAt = sentAt
            drain.heartbeat.count += 1
        case (.recordHeartbeat, .withheld): drain.heartbeat.lastAt = sentAt
        case (.recordHeartbeat, .noActiveAction) where !mayHaveBeenSentBefore && drain.forgetsHeardToken(at: now),
            (.complete, .noActiveAction) where !mayHaveBeenSentBefore && drain.forgetsHeardToken(at: now):
            break  // and is asked again by its instance
        case (.recordHeartbeat, .noActiveAction) where drain.decision == nil && drain.outlivesItsAction:
            drain.action = nil
            drain.note("Auto Scaling does not wait (any more): the drain goes on and completes nothing", at: now)
        case (.recordHeartbeat, .noActiveAction):
            // Once a completion may be on its way, its own answer says what became of the action; what is called off has
            // still to be undone.
            if drain.decision.map({ !mayHaveBeenSentBefore && $0.outcome != .cancelled }) ?? true {
                drain.finish(.gone, "Auto Scaling knows no such lifecycle action any more", at: now)
            }
        case (.complete(_, _, let result), .done):
            drain.finish(drain.decision?.outcome ?? .forced, drain.completionNote(result), at: now)
        case (.complete(_, _, let result), .withheld):
            drain.finish(
                drain.decision?.outcome ?? .forced, "Dry run: would be completed with \(result.rawValue)", at: now)
        case (.complete, .noActiveAction) where mayHaveBeenSentBefore:
            drain.finish(
                drain.decision?.outcome ?? .gone,
                "Auto Scaling no longer waits: an earlier completion, whose answer was lost, reached it", at: now)
        case (.complete, .noActiveAction):
            drain.finish(.gone, "Auto Scaling knows no such lifecycle action any more", at: now)
        case (.setActive(_, let location), _):
            if !drain.forget(location.containerInstance) {
                drain.finish(.cancelled, "Cancelled; the instance is ACTIVE again", at: now)
            }
        case (.setDraining, _), (.deregister, _), (.stopTask, _):
            break  // what it changed, the next look will show
        }
        if drain.refusedCall?.operation == call.operation {
            drain.refusedCall = nil
            drain.blockedBy.removeAll { $0.code == .awsRefused }
        }
        return drain
    }

    /// A newer action of the same hook for the same instance came in: this one can no longer be active.
    public static func superseded(_ drain: Drain, at now: Timestamp) -> Drain {
        guard drain.phase != .finished else { return drain }
        var drain = drain
        drain.finish(.gone, "A newer lifecycle action for this instance has taken its place", at: now)
        return drain
    }

    /// It was decided before a restart, and names no token: nobody knows whether its completion reached Auto Scaling.
    public static func givenUp(_ drain: Drain, at now: Timestamp) -> Drain {
        guard drain.phase != .finished else { return drain }
        var drain = drain
        drain.finish(
            .gone, "Whether it was completed before the restart is not known; if it still waits, it is adopted again",
            at: now)
        return drain
    }
}
