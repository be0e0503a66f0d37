extension AWSCaller {
    /// The same AWS, with limits for every request: `ECS(caller.with(attempts: 1, timeLimit: .seconds(5)))`.
    ///
    /// Given twice, the last one counts.
    public func with(attempts: Int? = nil, timeLimit: Duration? = nil) -> any AWSCaller {
        LimitedCaller(base: self, attempts: attempts, timeLimit: timeLimit)
    }
}

private struct LimitedCaller: AWSCaller {
    let base: any AWSCaller
    let attempts: Int?
    let timeLimit: Duration?

    func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8] {
        var request = request
        request.attempts = request.attempts ?? attempts
        request.timeLimit = request.timeLimit ?? timeLimit
        return try await base.call(request)
    }
}
