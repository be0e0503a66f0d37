import COpenSSL
import FoundationEssentials

/// A certificate authority made at start, and under it the certificate with which the simulated SNS signs.
///
/// Made anew each time, so that nothing it signed can be believed by anyone who was not told of it.
final class SigningAuthority: @unchecked Sendable {
    // Safe to share: the key is set once, freed in deinit, and only read by signing, for which OpenSSL allows several
    // threads on one key.
    private let key: OpaquePointer
    /// The signing certificate, then the authority's.
    let chainPEM: [UInt8]
    /// Where the certificates are served. Named by what they are, as AWS's are, for subscribers keep them by name.
    let certificatePath: String

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter name: whom the certificate names: `sns.amazonaws.com`.
    init(name: String) throws(Failure) {
        guard let authorityKey = Self.newKey(), let key = Self.newKey() else {
            throw Failure(description: "OpenSSL made no key")
        }
        defer { EVP_PKEY_free(authorityKey) }
        let authorityName = "Simulated AWS authority"
        guard
            let authority = Self.certificate(
                authorityName, key: authorityKey, issuer: authorityName, signedBy: authorityKey, names: nil),
            let leaf = Self.certificate(
                name, key: key, issuer: authorityName, signedBy: authorityKey, names: "DNS:\(name)")
        else {
            EVP_PKEY_free(key)
            throw Failure(description: "OpenSSL made no certificate")
        }
        defer {
            X509_free(authority)
            X509_free(leaf)
        }
        self.key = key
        chainPEM = Self.pem(leaf) + Self.pem(authority)
        certificatePath = "/SimpleNotificationService-\(Self.hash(of: chainPEM)).pem"
    }

    deinit { EVP_PKEY_free(key) }

    /// An RSA PKCS #1 v1.5 signature; SHA-1 for version 1, SHA-256 for version 2.
    func sign(_ message: String, version: Int) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { return [] }
        defer { EVP_MD_CTX_free(context) }
        let bytes = Array(message.utf8)
        var length = 0
        guard EVP_DigestSignInit(context, nil, version == 1 ? EVP_sha1() : EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, nil, &length, bytes, bytes.count) == 1
        else { return [] }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, bytes, bytes.count) == 1 else { return [] }
        return Array(signature.prefix(length))
    }

    /// 32 hexadecimal digits of its SHA-256.
    private static func hash(of bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
        return digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func newKey() -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1,
            EVP_PKEY_keygen(context, &key) == 1
        else { return nil }
        return key
    }

    private static func certificate(
        _ subject: String, key: OpaquePointer, issuer: String, signedBy signer: OpaquePointer, names: String?
    ) -> OpaquePointer? {
        guard let certificate = X509_new() else { return nil }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), UInt64.random(in: 1...UInt64(Int64.max)))
        X509_gmtime_adj(X509_getm_notBefore(certificate), -24 * 3600)
        X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 24 * 3600)
        X509_set_pubkey(certificate, key)
        setCommonName(subject, of: X509_get_subject_name(certificate))
        setCommonName(issuer, of: X509_get_issuer_name(certificate))
        let isAuthority = names == nil
        add(NID_basic_constraints, isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE", to: certificate)
        if let names { add(NID_subject_alt_name, names, to: certificate) }
        guard X509_sign(certificate, signer, EVP_sha256()) > 0 else {
            X509_free(certificate)
            return nil
        }
        return certificate
    }

    private static func setCommonName(_ text: String, of name: OpaquePointer?) {
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, Array(text.utf8), Int32(text.utf8.count), -1, 0)
    }

    private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) {
        guard let extensionPointer = X509V3_EXT_conf_nid(nil, nil, kind, value) else { return }
        X509_add_ext(certificate, extensionPointer, -1)
        X509_EXTENSION_free(extensionPointer)
    }

    private static func pem(_ certificate: OpaquePointer) -> [UInt8] {
        guard let memory = BIO_new(BIO_s_mem()) else { return [] }
        defer { BIO_free(memory) }
        PEM_write_bio_X509(memory, certificate)
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = BIO_read(memory, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(max(0, Int(count))))
    }
}
