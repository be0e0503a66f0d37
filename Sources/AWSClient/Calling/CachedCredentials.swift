import FoundationEssentials

/// Keeps credentials until shortly before they expire, and lets all who wait share one renewal.
///
/// While the old ones are valid, a renewal that fails is not an error.
actor CachedCredentials {
    private let provider: any CredentialProvider
    private let now: @Sendable () -> Date
    private var current: AWSCredentials?
    private var renewal: Task<Result<AWSCredentials?, CredentialError>, Never>?
    private var notAgainBefore = Date.distantPast

    /// Renewed this long before they expire; AWS serves new ones from five minutes before.
    private static let margin: TimeInterval = 300
    /// After a renewal that failed, or that brought nothing newer.
    private static let pause: TimeInterval = 10

    init(_ provider: any CredentialProvider, now: @escaping @Sendable () -> Date) {
        self.provider = provider
        self.now = now
    }

    func credentials() async throws(CredentialError) -> AWSCredentials {
        if let current, !isDue(current) || (isValid(current) && now() < notAgainBefore) { return current }
        let renewal = self.renewal ?? startRenewal()
        guard let result = await renewal.valueUnlessCancelled else {
            throw CredentialError("they were still being fetched")
        }
        if let renewed = try? result.get() { return renewed }
        if let current, isValid(current) { return current }
        if case .failure(let error) = result { throw error }
        throw CredentialError(
            """
            none found; looked in the environment, for a web identity, in the shared files, at the container endpoint \
            and in instance metadata
            """)
    }

    private func startRenewal() -> Task<Result<AWSCredentials?, CredentialError>, Never> {
        // Shared by several callers, so it must not end with the one who happened to come first.
        let task = Task { [provider] () -> Result<AWSCredentials?, CredentialError> in
            do throws(CredentialError) {
                let found = try await provider.credentials()
                if let found, !self.isValid(found) {
                    throw CredentialError("those that were served have expired; is this machine's clock right?")
                }
                self.finish(found)
                return .success(found)
            } catch {
                self.finish(nil)
                return .failure(error)
            }
        }
        renewal = task
        return task
    }

    private func finish(_ found: AWSCredentials?) {
        renewal = nil
        if let found { current = found }
        if found.map(isDue) ?? true { notAgainBefore = now() + Self.pause }
    }

    private func isDue(_ credentials: AWSCredentials) -> Bool {
        credentials.expiration.map { $0.timeIntervalSince(now()) < Self.margin } ?? false
    }

    private func isValid(_ credentials: AWSCredentials) -> Bool {
        credentials.expiration.map { $0 > now() } ?? true
    }
}
