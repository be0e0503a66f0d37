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

    static func fault(status: Int, code: String) -> Fault {
        if throttlingCodes.contains(code) { return .throttled }
        if skewCodes.contains(code) { return .clockSkew }
        if transientCodes.contains(code) || [500, 502, 503, 504].contains(status) { return .transient }
        return status == 429 ? .throttled : .final
    }

    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]
    private static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "ResourceContention",
    ]
    private static let skewCodes: Set<String> = ["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]
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
