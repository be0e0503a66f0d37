/// An AWS service that draind calls.
public enum AWSService: String, Hashable, Sendable, CaseIterable {
    case autoScaling, ecs, elasticLoadBalancingV2, sns, sts
}

/// One operation, encoded for the wire, not yet addressed or signed.
public struct AWSRequest: Hashable, Sendable {
    public let service: AWSService
    /// AWS's name of it: `DescribeTasks`.
    public let operation: String
    /// `application/x-amz-json-1.1` or `application/x-www-form-urlencoded; charset=utf-8`.
    public let contentType: String
    /// Headers beside Content-Type: `X-Amz-Target` for the JSON services.
    public let headers: [String: String]
    public let body: [UInt8]

    public init(
        service: AWSService, operation: String, contentType: String, headers: [String: String] = [:], body: [UInt8]
    ) {
        self.service = service
        self.operation = operation
        self.contentType = contentType
        self.headers = headers
        self.body = body
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

    public enum Reason: Hashable, Sendable {
        /// AWS answered with an error; `code` is AWS's (`ValidationError`, `ThrottlingException`, …).
        case refused(code: String, message: String, status: Int, requestID: String?)
        /// No answer came: the operation may have been carried out.
        case unreachable(String)
        /// No usable credentials; the text says where they were looked for.
        case noCredentials(String)
        /// An answer came that is not what AWS's model says.
        case unreadableAnswer(String)
        /// A 200 whose `failures` list is not empty, as `reason arn` each.
        case failures([String])
        case cancelled
    }

    public init(service: AWSService, operation: String, reason: Reason) {
        self.service = service
        self.operation = operation
        self.reason = reason
    }

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
