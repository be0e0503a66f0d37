import COpenSSL
import FoundationEssentials

/// A key and a certificate for it, made for a test: what AWS would never sign with, too.
final class Notary: @unchecked Sendable {
    // Safe to share: set once, freed in deinit, only read by signing, for which OpenSSL allows several threads.
    private let key: OpaquePointer
    let pem: [UInt8]

    /// The time that tests live in: 2026-11-01T12:00:00Z.
    static let now: Int64 = 1_793_534_400

    static let genuine = Notary()

    /// - Parameter days: of validity before and after ``now``.
    init(name: String = "sns.amazonaws.com", bits: Int32 = 2048, days: ClosedRange<Int> = -100...100) {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        EVP_PKEY_keygen_init(context)
        EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits)
        EVP_PKEY_keygen(context, &key)
        guard let key else { preconditionFailure("OpenSSL made no key") }
        self.key = key
        let certificate = X509_new()
        defer { X509_free(certificate) }
        X509_set_version(certificate, 2)
        ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(Self.now) + days.lowerBound * 86_400)
        ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(Self.now) + days.upperBound * 86_400)
        X509_set_pubkey(certificate, key)
        let subject = X509_get_subject_name(certificate)
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, Array(name.utf8), Int32(name.utf8.count), -1, 0)
        X509_set_issuer_name(certificate, subject)
        let names = X509V3_EXT_conf_nid(nil, nil, NID_subject_alt_name, "DNS:\(name)")
        X509_add_ext(certificate, names, -1)
        X509_EXTENSION_free(names)
        X509_sign(certificate, key, EVP_sha256())
        let memory = BIO_new(BIO_s_mem())
        defer { BIO_free(memory) }
        PEM_write_bio_X509(memory, certificate)
        var bytes = [UInt8](repeating: 0, count: 16 << 10)
        let count = Int(BIO_read(memory, &bytes, Int32(bytes.count)))
        pem = Array(bytes.prefix(count))
    }

    deinit { EVP_PKEY_free(key) }

    func signature(of text: String, version: String) -> String {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        let bytes = Array(text.utf8)
        var signature = [UInt8](repeating: 0, count: 1024)
        var length = signature.count
        EVP_DigestSignInit(context, nil, version == "1" ? EVP_sha1() : EVP_sha256(), nil, key)
        EVP_DigestSign(context, &signature, &length, bytes, bytes.count)
        return Data(signature.prefix(length)).base64EncodedString()
    }
}
