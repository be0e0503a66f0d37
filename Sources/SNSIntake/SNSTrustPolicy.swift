/// Whom to believe. A valid signature proves only that *some* AWS customer's topic sent a message, so the list of
/// topics is a part of authentication.
public struct SNSTrustPolicy: Hashable, Sendable {
    public var topics: Topics
    /// Signature versions that are believed: 1 (SHA-1) and 2 (SHA-256).
    public var signatureVersions: Set<Int>
    /// Older messages are replays. SNS itself retries for up to an hour.
    public var maximumAge: Duration
    /// Development only: one further origin, `http://127.0.0.1:PORT`, that a signing certificate may come from.
    public var developmentCertificateOrigin: String?
    /// Development only: one further origin, `http://127.0.0.1:PORT`, where CloudFormation may want an answer.
    public var developmentResponseOrigin: String?

    /// How far a message may seem to come from the future, for clocks that disagree. It is the five minutes that AWS
    /// itself grants to a signature.
    public static let clockTolerance: Duration = .seconds(300)

    public enum Topics: Hashable, Sendable {
        case only(Set<String>)
        /// For looking at a saved message by hand; never for a service.
        case any
    }

    public init(
        topics: Topics, signatureVersions: Set<Int> = [1, 2], maximumAge: Duration = .seconds(75 * 60),
        developmentCertificateOrigin: String? = nil, developmentResponseOrigin: String? = nil
    ) {
        self.topics = topics
        self.signatureVersions = signatureVersions
        self.maximumAge = maximumAge
        self.developmentCertificateOrigin = developmentCertificateOrigin
        self.developmentResponseOrigin = developmentResponseOrigin
    }

    func allows(_ topic: String) -> Bool {
        switch topics {
        case .only(let allowed): allowed.contains(topic)
        case .any: true
        }
    }
}
