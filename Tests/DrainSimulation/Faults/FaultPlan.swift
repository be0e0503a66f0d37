/// How often things go wrong in a run: each a probability, of one call, one message or one minute.
public struct FaultPlan: Hashable, Sendable {
    /// Per minute: the process dies.
    public var crash = 0.0
    /// Per message.
    public var messageLost = 0.0
    public var messageDuplicated = 0.0
    /// Up to an hour.
    public var messageLate = 0.0
    /// Per call: refused, and so not carried out.
    public var callRefused = 0.0
    /// Per call: carried out or not, and the answer is lost.
    public var answerLost = 0.0
    /// Per read: fails.
    public var readFailed = 0.0
    /// Per task described: MISSING although it exists.
    public var taskMissing = 0.0
    /// Per call: throttled, whatever is left of AWS's buckets.
    public var throttled = 0.0
    /// How much of AWS's buckets others use up.
    public var othersShare = 0.0
    /// Per read: answered from an older state.
    public var stale = 0.0
    /// Per call: takes up to ten seconds.
    public var slow = 0.0
    /// Per write of the ledger.
    public var writeRefused = 0.0
    public var writeAnswerLost = 0.0
    /// Per minute: the ledger takes no writes for a while.
    public var ledgerAway = 0.0
    /// Per minute: the process's clock is set, by up to two seconds.
    public var clockJump = 0.0
    /// Of the process's clock, in parts of a million.
    public var clockDrift = 0
    /// Per effect: the process stands still, of several.
    public var pause = 0.0

    public init() {}
}
