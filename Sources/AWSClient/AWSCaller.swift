/// An AWS service that draind calls.
public enum AWSService: String, Hashable, Sendable, CaseIterable {
    case autoScaling, dynamoDB, ec2, ecs, elasticLoadBalancing, elasticLoadBalancingV2, sns, sqs, sts
}

/// One operation, encoded for the wire, not yet addressed or signed.
public struct AWSRequest: Hashable, Sendable {
    public let service: AWSService
    /// AWS's name of it: `DescribeTasks`.
    public let operation: String
    /// `application/x-amz-json-1.1` (or `-1.0`) or `application/x-www-form-urlencoded; charset=utf-8`.
    public let contentType: String
    /// Headers beside Content-Type: `X-Amz-Target` for the JSON services.
    public let headers: [String: String]
    public let body: [UInt8]
    /// How often it is sent at most; nil: as often as `AWS_MAX_ATTEMPTS` says, three times by default.
    public var attempts: Int?
    /// From the call to its result: credentials, attempts and the pauses between them. nil: no limit but that of each
    /// attempt, 30 seconds.
    public var timeLimit: Duration?

    public init(
        service: AWSService, operation: String, contentType: String, headers: [String: String] = [:], body: [UInt8],
        attempts: Int? = nil, timeLimit: Duration? = nil
    ) {
        self.service = service
        self.operation = operation
        self.contentType = contentType
        self.headers = headers
        self.body = body
        self.attempts = attempts
        self.timeLimit = timeLimit
    }
}

/// Sends one operation to AWS and gives the body of its 2xx answer: endpoint, credentials, signature, time limits
/// and retries are its business.
public protocol AWSCaller: Sendable {
    func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8]
}

/// Why an operation has no result.
public struct AWSError: Error, Hashable, Sendable, CustomStringConvertible {
    public let service: AWSService
    public let operation: String
    public let reason: Reason
    /// Whether AWS may have received the request, in any of its attempts, and carried it out. Not so when every attempt
    /// was refused by name, or never reached AWS.
    public let mayHaveBeenReceived: Bool
    /// What AWS answered when it refused, whole: some operations tell more in it than code and message.
    public let body: [UInt8]

    public enum Reason: Hashable, Sendable {
        /// AWS answered with an error; `code` is AWS's (`ValidationError`, `ThrottlingException`, …).
        case refused(code: String, message: String, status: Int, requestID: String?)
        /// No answer came.
        case unreachable(String)
        /// No usable credentials; the text says where they were looked for.
        case noCredentials(String)
        /// An answer came that is not what AWS's model says.
        case unreadableAnswer(String)
        /// A 200 whose `failures` list is not empty, as `reason arn` each.
        case failures([String])
        case cancelled
    }

    /// - Parameter mayHaveBeenReceived: nil when only the reason is known.
    public init(
        service: AWSService, operation: String, reason: Reason, mayHaveBeenReceived: Bool? = nil, body: [UInt8] = []
    ) {
        self.service = service
        self.operation = operation
        self.reason = reason
        self.mayHaveBeenReceived = mayHaveBeenReceived ?? reason.leavesItOpen
        self.body = body
    }

    /// Whether AWS refused it because of too many requests: it was not carried out, and may be asked for again, later.
    public var isThrottling: Bool { reason.isThrottling }

    /// Whether no answer came.
    public var isUnanswered: Bool { if case .unreachable = reason { true } else { false } }

    public var description: String {
        switch reason {
        case .refused(let code, let message, let status, _): "\(operation): \(code) (HTTP \(status)): \(message)"
        case .unreachable(let why): "\(operation): no answer: \(why)"
        case .noCredentials(let why): "\(operation): no credentials: \(why)"
        case .unreadableAnswer(let why): "\(operation): unreadable answer: \(why)"
        case .failures(let failures): "\(operation): failures: \(failures.joined(separator: ", "))"
        case .cancelled: "\(operation): cancelled"
        }
    }
}

extension AWSError.Reason {
    fileprivate var isThrottling: Bool {
        guard case .refused(let code, _, let status, _) = self else { return false }
        return RetryPolicy.isThrottling(status: status, code: code)
    }

    /// Whether by this reason alone the operation may have been carried out.
    fileprivate var leavesItOpen: Bool {
        switch self {
        case .refused(_, _, let status, _): status >= 500 && !isThrottling
        case .noCredentials: false
        case .unreachable, .unreadableAnswer, .failures, .cancelled: true
        }
    }
}
