/// The durable record of one request of CloudFormation: what is asked for, how far it is, and what is answered.
///
/// It is a value. ``StackRequestMachine`` makes the next one from it; a ledger keeps it; nothing else changes it.
public struct StackRequest: Hashable, Sendable, Codable, Identifiable {
    /// `STACK|REQUEST`, by CloudFormation's ids of both: however often a request comes, it is this one.
    public let id: StackRequestID
    public let requestType: StackRequestType
    /// `Custom::…`
    public let resourceType: String
    public let stackID: String
    public let requestID: String
    public let logicalResourceID: String
    /// The resource as CloudFormation knows it; nil in a create.
    public let physicalResourceID: String?
    /// The resource that there is once the task is done.
    public let madeResourceID: String
    /// Where the answer is put; whoever reads it can answer.
    public let responseURL: String
    /// The door that it came through.
    public let origin: DrainOrigin
    /// When CloudFormation began to wait.
    public let sentAt: Timestamp
    public let acceptedAt: Timestamp
    /// By then an answer is decided: CloudFormation is told in time.
    public let answerBy: Timestamp
    public let task: StackTask

    /// Since when AWS has refused what is asked of it, and what it said last, or that it did not answer.
    public var refusedSince: Timestamp?
    public var trouble: String?
    /// The instances that are to be drained, and by which drains.
    public var drains: [InstanceID: DrainID] = [:]

    public var answer: StackAnswer?
    public var answeredAt: Timestamp?
    public var finishedAt: Timestamp?
    /// Whether CloudFormation has acknowledged the answer; once finished it may not have, and is not told any more.
    public var isAcknowledged = false

    init(
        _ message: StackMessage, task: StackTask, madeResourceID: String, origin: DrainOrigin, acceptedAt: Timestamp,
        answerBy: Timestamp
    ) {
        id = StackRequestID("\(message.stackID)|\(message.requestID)")
        requestType = message.requestType
        resourceType = message.resourceType
        stackID = message.stackID
        requestID = message.requestID
        logicalResourceID = message.logicalResourceID
        physicalResourceID = message.physicalResourceID
        responseURL = message.responseURL
        sentAt = message.sentAt
        self.task = task
        self.madeResourceID = madeResourceID
        self.origin = origin
        self.acceptedAt = acceptedAt
        self.answerBy = answerBy
    }

    /// Whether what to answer is still open.
    public var isUndecided: Bool { answer == nil && finishedAt == nil }
}
