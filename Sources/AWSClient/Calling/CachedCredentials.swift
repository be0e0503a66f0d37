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
    private static let pauseAfterFailure: TimeInterval = 10

    init(_ provider: any CredentialProvider, now: @escaping @Sendable () -> Date) {
        self.provider = provider
        self.now = now
    }

    func credentials() async throws(CredentialError) -> AWSCredentials {
        if let current, !isDue(current) || (isValid(current) && now() < notAgainBefore) { return current }
        let renewal = self.renewal ?? startRenewal()
        let result = await renewal.value
        if let renewed = try? result.get() { return renewed }
        if let current, isValid(current) { return current }
        if case .failure(let error) = result { throw error }
        throw CredentialError(
            "none found; looked in the environment, the shared files, the container endpoint and instance metadata")
    }

    private func startRenewal() -> Task<Result<AWSCredentials?, CredentialError>, Never> {
        // Shared by several callers, so it must not end with the one who happened to come first.
        let task = Task { [provider] () -> Result<AWSCredentials?, CredentialError> in
            do throws(CredentialError) {
                let found = try await provider.credentials()
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
        if let found { current = found } else { notAgainBefore = now() + Self.pauseAfterFailure }
    }

    private func isDue(_ credentials: AWSCredentials) -> Bool {
        credentials.expiration.map { $0.timeIntervalSince(now()) < Self.margin } ?? false
    }

    private func isValid(_ credentials: AWSCredentials) -> Bool {
        credentials.expiration.map { $0 > now() } ?? true
    }
}
