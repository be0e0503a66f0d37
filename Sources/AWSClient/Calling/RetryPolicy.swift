/// When to try again: AWS's "standard" mode as a value. It answers; someone else waits.
///
/// Source: AWS SDKs and tools reference guide, "Retry behavior", and botocore's standard retries.
struct RetryPolicy: Hashable, Sendable {
    /// Of one call, the first included. `AWS_MAX_ATTEMPTS`.
    var maximumAttempts = 3
    private static let longestDelay: Duration = .seconds(20)

    enum Fault: Hashable, Sendable {
        case transient, throttled, timeout
        /// Our clock is off: worth one more try, with the server's time.
        case clockSkew
        /// The answer would be the same again.
        case final
    }

    /// How long to wait before the next attempt; nil to give up.
    ///
    /// - Parameters:
    ///   - attempt: the one that failed, counted from 1.
    ///   - random: from 0 up to 1, from an injected generator.
    func delay(after fault: Fault, attempt: Int, random: Double, quota: inout RetryQuota) -> Duration? {
        guard fault != .final, attempt < maximumAttempts, quota.spend(on: fault) else { return nil }
        if fault == .clockSkew { return .zero }
        let ceiling = min(Self.longestDelay, .seconds(1 << min(attempt - 1, 5)))
        return .milliseconds(Int64(random * Double(ceiling.components.seconds) * 1000))
    }

    /// What a refusal means.
    ///
    /// - Parameter clockDifference: how far the answer's Date is from the time that we signed with, in seconds either
    ///   way; nil when it has none. The codes for a clock that is off also stand for a wrong key, so it decides.
    static func fault(status: Int, code: String, clockDifference: Double? = nil) -> Fault {
        if isThrottling(status: status, code: code) { return .throttled }
        if skewCodes.contains(code) { return (clockDifference ?? 0) > toleratedSkew ? .clockSkew : .final }
        return transientCodes.contains(code) || [500, 502, 503, 504].contains(status) ? .transient : .final
    }

    static func isThrottling(status: Int, code: String) -> Bool { throttlingCodes.contains(code) || status == 429 }

    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]
    private static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "ResourceContention",
    ]
    /// ECS says `InvalidSignatureException` and the Query services `SignatureDoesNotMatch`, both "Signature expired".
    private static let skewCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]
    /// In seconds. AWS itself tolerates five minutes; the answer's Date is a little later than its judgement.
    private static let toleratedSkew = 240.0
}

/// What all calls of a client together may spend on retries, so that an outage is not answered with a storm.
struct RetryQuota: Hashable, Sendable {
    private(set) var tokens = capacity
    private static let capacity = 500

    mutating func spend(on fault: RetryPolicy.Fault) -> Bool {
        let cost = fault == .timeout ? 10 : 5
        guard tokens >= cost else { return false }
        tokens -= cost
        return true
    }

    mutating func refund() { tokens = min(Self.capacity, tokens + 1) }
}
