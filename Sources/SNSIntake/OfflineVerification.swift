public import DrainModel

/// Verifies a saved message by the same code that guards the door, for `drainctl sns verify`.
public enum OfflineVerification {
    /// - Parameters:
    ///   - certificate: the signing certificate as PEM; it stands in for what the message's URL would serve. The URL
    ///     itself is still checked.
    ///   - moment: when to judge the message's age; nil judges it at the time that it says it was sent.
    ///   - topic: the only topic to believe; nil believes any.
    /// - Throws: ``SNSRefusal`` of the kind ``SNSRefusal/Kind/unreadable`` for what is no SNS message.
    public static func verify(
        _ body: [UInt8], certificate: [UInt8], at moment: Timestamp?, topic: String?
    ) async throws(SNSRefusal) -> VerifiedMessage {
        try await verify(body, fetcher: GivenCertificate(pem: certificate), at: moment, topic: topic)
    }

    /// As above, with the certificate fetched from where the message says.
    public static func verify(
        _ body: [UInt8], fetcher: any CertificateFetcher, at moment: Timestamp?, topic: String?
    ) async throws(SNSRefusal) -> VerifiedMessage {
        let now: Timestamp
        if let moment { now = moment } else { now = try SNSMessage(body).timestamp }
        let topics: SNSTrustPolicy.Topics = topic.map { .only([$0]) } ?? .any
        return try await SNSVerifier(policy: SNSTrustPolicy(topics: topics), fetcher: fetcher).verify(body, now: now)
    }

    /// Whether there is a certificate in what is to stand in for one.
    public static func isCertificate(_ pem: [UInt8]) -> Bool { SigningCertificate(pem: pem) != nil }

    private struct GivenCertificate: CertificateFetcher {
        let pem: [UInt8]
        func fetch(_ url: SigningCertificateURL) async throws -> [UInt8] { pem }
    }
}
