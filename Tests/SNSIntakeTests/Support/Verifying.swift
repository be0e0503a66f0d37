import DrainModel
import Testing

@testable import SNSIntake

/// Verifies as draind does, at the time and with the topic that the letters are made for.
func verify(
    _ letter: Letter, certificates: CertificateShelf = CertificateShelf(), policy: SNSTrustPolicy? = nil,
    headers: SNSVerifier.Headers = .init(), now: Timestamp = Letter.now
) async throws -> VerifiedMessage {
    let policy = policy ?? SNSTrustPolicy(topics: .only([Letter.topic]))
    return try await SNSVerifier(policy: policy, fetcher: certificates).verify(letter.body, headers: headers, now: now)
}

/// The refusal that verifying ends with; nil when the message is believed.
func refusal(_ verify: () async throws -> VerifiedMessage) async throws -> SNSRefusal? {
    do {
        _ = try await verify()
        return nil
    } catch let refusal as SNSRefusal {
        return refusal
    }
}
