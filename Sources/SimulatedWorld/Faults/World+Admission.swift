extension World {
    /// Every call passes here before it is performed: it is counted (``recordCall(service:operation:)``), takes its
    /// tokens, and may meet a fault.
    public mutating func admit(service: String, operation: String) -> Admission {
        recordCall(service: service, operation: operation)
        let isOverLimit =
            faults.limitsRates && !faults.rateLimits.admits(service: service, operation: operation, at: now)
        if isOverLimit || faults.strikes(faults.throttled) {
            throttledCalls["\(service):\(operation)", default: 0] += 1
            return .throttle(.throttling(service: service))
        }
        if faults.strikes(faults.failed) { return .fail(.serverFault(service: service, operation: operation)) }
        if faults.strikes(faults.answerLost) { return .loseAnswer }
        return .proceed
    }

    /// Whether an entry of a batch fails by a fault, as `failures` would name it: for the describing calls, which the
    /// world's queries answer; operations on batches see to it themselves.
    public mutating func entryFault(of arn: String) -> ResourceFailure? {
        faults.strikes(faults.entryFailed) ? ResourceFailure(arn: arn, reason: "MISSING", detail: nil) : nil
    }
}

extension World.Failure {
    /// "Rate exceeded", by each service's own code; EC2 has words of its own.
    public static func throttling(service: String) -> Self {
        if service == "ec2" { return Self("RequestLimitExceeded", "Request limit exceeded.", status: 503) }
        return Self(service == "autoscaling" ? "Throttling" : "ThrottlingException", "Rate exceeded")
    }

    /// ECS says `ServerException`; the lifecycle operations' only modelled error is `ResourceContention`; others say
    /// `InternalFailure`.
    static func serverFault(service: String, operation: String) -> Self {
        switch (service, operation) {
        case ("ecs", _): Self("ServerException", "Service Unavailable. Please try again later.", status: 500)
        case ("autoscaling", "CompleteLifecycleAction"), ("autoscaling", "RecordLifecycleActionHeartbeat"):
            Self(
                "ResourceContention", "You already have a pending update to an Amazon EC2 Auto Scaling resource.",
                status: 500)
        default: Self("InternalFailure", "We encountered an internal error. Please try again.", status: 500)
        }
    }
}
