/// Why a certificate and its private key cannot be served. Never holds anything of the key.
public enum CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file cannot be read.
    case unreadableFile(path: String, reason: String)
    /// A file holds no PEM certificate.
    case noCertificate(path: String)
    /// A file holds no PEM private key, or one with a passphrase.
    case noPrivateKey(path: String)
    /// Both can be read, but the key is not the certificate's, or TLS cannot use them.
    case unusablePair(certificate: String, privateKey: String, reason: String)

    public var description: String {
        switch self {
        case .unreadableFile(let path, let reason): "\(path): \(reason)"
        case .noCertificate(let path): "\(path): no PEM certificate in it"
        case .noPrivateKey(let path): "\(path): no PEM private key in it that can be read without a passphrase"
        case .unusablePair(let certificate, let privateKey, let reason):
            "\(privateKey) is not the key of \(certificate), or cannot be used with it: \(reason)"
        }
    }
}
