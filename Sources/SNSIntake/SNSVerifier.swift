public import DrainModel

/// Bytes in, a verified message or a refusal out: the trust boundary of the SNS door.
///
/// Checked in this order, so that a stranger's message costs neither cryptography nor an outbound request: raw
/// delivery, shape, topic, age, signature version, certificate URL; then the certificate and the signature.
public struct SNSVerifier: Sendable {
    private let policy: SNSTrustPolicy
    private let certificates: SigningCertificateCache

    /// - Parameter uptime: for the pauses between fetches.
    public init(
        policy: SNSTrustPolicy, fetcher: any CertificateFetcher,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.policy = policy
        certificates = SigningCertificateCache(fetcher, uptime: uptime)
    }

    /// The request's headers that matter. Unsigned, so they can only make a message worse.
    public struct Headers: Hashable, Sendable {
        /// `x-amz-sns-message-type`
        public var messageType: String?
        /// Whether `x-amz-sns-rawdelivery` is `true`.
        public var isRawDelivery: Bool

        public init(messageType: String? = nil, isRawDelivery: Bool = false) {
            self.messageType = messageType
            self.isRawDelivery = isRawDelivery
        }
    }

    public func verify(
        _ body: [UInt8], headers: Headers = Headers(), now: Timestamp
    ) async throws(SNSRefusal) -> VerifiedMessage {
        if headers.isRawDelivery {
            throw SNSRefusal(
                .forbidden, "raw message delivery carries no signature: turn it off for this subscription")
        }
        let message = try SNSMessage(body)
        if let claimed = headers.messageType, claimed != message.type.rawValue {
            throw SNSRefusal(.forbidden, "the header x-amz-sns-message-type contradicts the message")
        }
        guard policy.allows(message.topicARN) else {
            throw SNSRefusal(.forbidden, "topic not allowed: \(message.topicARN.prefix(200).debugDescription)")
        }
        guard let topic = SNSTopic(arn: message.topicARN) else {
            throw SNSRefusal(.forbidden, "not a topic: \(message.topicARN.prefix(200).debugDescription)")
        }
        guard let signing = topic.signing else {
            throw SNSRefusal(.forbidden, "it is not known who signs SNS messages in the partition \(topic.partition)")
        }
        try checkAge(of: message, now: now)
        guard let version = Int(message.signatureVersion), [1, 2].contains(version),
            policy.signatureVersions.contains(version)
        else {
            throw SNSRefusal(
                .forbidden, "signature version \(message.signatureVersion.prefix(20).debugDescription) is not believed")
        }
        let url = try SigningCertificateURL(
            message.signingCertificateURL, on: signing.host, developmentOrigin: policy.developmentCertificateOrigin)
        let certificate = try await certificates.certificate(url)
        try check(certificate, of: signing, at: message.timestamp)
        guard certificate.verifies(message.signature, of: Array(message.stringToSign.utf8), version: version) else {
            throw SNSRefusal(.forbidden, "the signature is not AWS's")
        }
        return try VerifiedMessage(message, developmentResponseOrigin: policy.developmentResponseOrigin)
    }

    private func checkAge(of message: SNSMessage, now: Timestamp) throws(SNSRefusal) {
        let age = now - message.timestamp
        if age > policy.maximumAge {
            throw SNSRefusal(
                .forbidden, "too old: sent at \(message.timestampText), more than \(policy.maximumAge.brief) ago")
        }
        // Perhaps our own clock is behind; then a later try of SNS will be believed.
        if age < .zero - SNSTrustPolicy.clockTolerance {
            throw SNSRefusal(
                .early, "from the future: sent at \(message.timestampText); check this machine's clock")
        }
    }

    private func check(
        _ certificate: SigningCertificate, of signing: SNSTopic.Signing, at moment: Timestamp
    ) throws(SNSRefusal) {
        guard signing.names.contains(where: certificate.isNamed) else {
            throw SNSRefusal(.forbidden, "the certificate is not \(signing.names.joined(separator: "'s or "))'s")
        }
        guard certificate.isStrong else {
            throw SNSRefusal(.forbidden, "the certificate's key is not RSA of at least 2048 bits")
        }
        guard certificate.isValid(at: moment) else {
            throw SNSRefusal(.forbidden, "the certificate was not valid when the message was sent")
        }
    }
}
