/// Fetches a signing certificate.
///
/// Whoever implements it must verify TLS, follow no redirect, take no more than 64 KiB, and end within a few seconds.
public protocol CertificateFetcher: Sendable {
    func fetch(_ url: SigningCertificateURL) async throws -> [UInt8]
}

/// Keeps the certificates used last, and fetches the others sparingly: whoever knows an allowed topic can forge messages
/// with as many URLs as they like.
///
/// All who wait for one share one fetch; few are under way at once; after a failure nobody tries that one again for a
/// moment; and when many have failed of late, nothing new is fetched for a while. A message that is turned away for it
/// is delivered again by SNS.
actor SigningCertificateCache {
    private let fetcher: any CertificateFetcher
    private let uptime: @Sendable () -> ContinuousClock.Instant
    private var certificates: [(url: SigningCertificateURL, certificate: SigningCertificate)] = []
    private var fetches: [SigningCertificateURL: Task<SigningCertificate?, Never>] = [:]
    /// Those of the last minute, the oldest first.
    private var failures: [(url: SigningCertificateURL, endedAt: ContinuousClock.Instant)] = []

    private static let capacity = 10
    private static let mostFetchesAtOnce = 4
    private static let mostFailuresInAMinute = 20
    private static let pauseAfterFailure: Duration = .seconds(2)

    init(_ fetcher: any CertificateFetcher, uptime: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.fetcher = fetcher
        self.uptime = uptime
    }

    /// - Throws: ``SNSRefusal/Kind/certificateAway`` when it cannot be had now.
    func certificate(_ url: SigningCertificateURL) async throws(SNSRefusal) -> SigningCertificate {
        if let index = certificates.firstIndex(where: { $0.url == url }) {
            let entry = certificates.remove(at: index)
            certificates.append(entry)
            return entry.certificate
        }
        let fetch: Task<SigningCertificate?, Never>
        if let underWay = fetches[url] { fetch = underWay } else { fetch = try startFetch(url) }
        guard let certificate = await fetch.value else {
            throw SNSRefusal(.certificateAway, "certificate not fetched: \(url)")
        }
        return certificate
    }

    private func startFetch(_ url: SigningCertificateURL) throws(SNSRefusal) -> Task<SigningCertificate?, Never> {
        let now = uptime()
        failures.removeAll { now - $0.endedAt >= .seconds(60) }
        if failures.contains(where: { $0.url == url && now - $0.endedAt < Self.pauseAfterFailure }) {
            throw SNSRefusal(.certificateAway, "certificate not fetched a moment ago: \(url)")
        }
        guard failures.count < Self.mostFailuresInAMinute, fetches.count < Self.mostFetchesAtOnce else {
            throw SNSRefusal(.certificateAway, "certificate not fetched, because too many others are or failed: \(url)")
        }
        // Shared by several messages, so it must not be cancelled with the first.
        let task = Task { [fetcher] () -> SigningCertificate? in
            let pem = try? await fetcher.fetch(url)
            let certificate = pem.flatMap(SigningCertificate.init(pem:))
            self.finish(url, certificate)
            return certificate
        }
        fetches[url] = task
        return task
    }

    private func finish(_ url: SigningCertificateURL, _ certificate: SigningCertificate?) {
        fetches[url] = nil
        guard let certificate else { return failures.append((url, uptime())) }
        certificates.append((url, certificate))
        if certificates.count > Self.capacity { certificates.removeFirst() }
    }
}
