/// AWS Security Token Service, API version 2011-06-15.
public struct STS: Sendable {
    private let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    public struct CallerIdentity: Hashable, Sendable {
        /// Twelve digits.
        public let account: String
        public let arn: String
    }

    /// Tells whose credentials these are; it needs no permission.
    public func getCallerIdentity() async throws(AWSError) -> CallerIdentity {
        try await caller.query(.getCallerIdentity, QueryForm()) { (result) throws(UnreadableBody) in
            CallerIdentity(account: try result.requiredText("Account"), arn: try result.requiredText("Arn"))
        }
    }
}
