import DrainModel

/// Fetches a signing certificate.
///
/// Whoever implements it must verify TLS, follow no redirect, take no more than 64 KiB, and end within a few seconds.
public protocol CertificateFetcher: Sendable {
    func fetch(_ url: SigningCertificateURL) async throws -> [UInt8]
}

/// Keeps the certificates used last. All who wait for one share one fetch, and after a failure nobody tries again for a
/// moment: a flood of forgeries causes no flood of requests.
actor SigningCertificateCache {
    private let fetcher: any CertificateFetcher
    private var certificates: [(url: SigningCertificateURL, certificate: SigningCertificate)] = []
    private var fetches: [SigningCertificateURL: Task<SigningCertificate?, Never>] = [:]
    private var failures: [SigningCertificateURL: Timestamp] = [:]

    private static let capacity = 10
    private static let pauseAfterFailure: Duration = .seconds(2)

    init(_ fetcher: any CertificateFetcher) { self.fetcher = fetcher }

    /// - Throws: a temporary refusal when it cannot be had now.
    func certificate(_ url: SigningCertificateURL, now: Timestamp) async throws(SNSRefusal) -> SigningCertificate {
        if let index = certificates.firstIndex(where: { $0.url == url }) {
            let entry = certificates.remove(at: index)
            certificates.append(entry)
            return entry.certificate
        }
        if let failedAt = failures[url], now - failedAt < Self.pauseAfterFailure, now >= failedAt {
            throw SNSRefusal(.temporary, "certificate not fetched a moment ago: \(url)")
        }
        let fetch = fetches[url] ?? startFetch(url)
        guard let certificate = await fetch.value else {
            failures = [url: now]  // one is enough: an attacker can choose the URL's name, and so their number
            throw SNSRefusal(.temporary, "certificate not fetched: \(url)")
        }
        return certificate
    }

    private func startFetch(_ url: SigningCertificateURL) -> Task<SigningCertificate?, Never> {
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
        guard let certificate else { return }
        certificates.append((url, certificate))
        if certificates.count > Self.capacity { certificates.removeFirst() }
    }
}
