import SNSIntake
import Synchronization

/// Serves one certificate, or none, and counts how often it was asked.
final class CertificateShelf: CertificateFetcher {
    struct Away: Error {}

    private let content: Mutex<[UInt8]?>
    private let asked = Mutex<[String]>([])
    private let gate: AsyncStream<Void>?
    private let whenAsked: @Sendable () -> Void

    /// - Parameters:
    ///   - gate: each fetch waits until this says something.
    ///   - whenAsked: happens during each fetch.
    init(
        _ pem: [UInt8]? = Notary.genuine.pem, gate: AsyncStream<Void>? = nil,
        whenAsked: @escaping @Sendable () -> Void = {}
    ) {
        content = Mutex(pem)
        self.gate = gate
        self.whenAsked = whenAsked
    }

    var fetched: [String] { asked.withLock { $0 } }

    func put(_ pem: [UInt8]?) { content.withLock { $0 = pem } }

    func fetch(_ url: SigningCertificateURL) async throws -> [UInt8] {
        asked.withLock { $0.append(url.description) }
        whenAsked()
        if let gate { for await _ in gate { break } }
        guard let pem = content.withLock({ $0 }) else { throw Away() }
        return pem
    }
}
