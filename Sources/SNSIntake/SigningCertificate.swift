import COpenSSL
import DrainModel

/// One X.509 certificate with an RSA key, owned.
final class SigningCertificate: @unchecked Sendable {
    // Safe to share: the pointers are set once, freed in deinit, and every OpenSSL function called on them here takes
    // them as constant and is documented as safe for concurrent readers of an object nobody changes.
    private let x509: OpaquePointer
    private let key: OpaquePointer

    /// - Parameter pem: the first certificate in it counts.
    init?(pem: [UInt8]) {
        guard let memory = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
        defer { BIO_free(memory) }
        guard let x509 = PEM_read_bio_X509(memory, nil, nil, nil) else {
            ERR_clear_error()
            return nil
        }
        guard let key = X509_get_pubkey(x509) else {
            ERR_clear_error()
            X509_free(x509)
            return nil
        }
        self.x509 = x509
        self.key = key
    }

    deinit {
        EVP_PKEY_free(key)
        X509_free(x509)
    }

    /// Whether the key is one that AWS signs with today: RSA of at least 2048 bits.
    var isStrong: Bool { EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= 2048 }

    func isNamed(_ host: String) -> Bool {
        X509_check_host(x509, host, host.utf8.count, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS), nil) == 1
    }

    func isValid(at moment: Timestamp) -> Bool {
        var seconds = time_t(moment.millisecondsSinceEpoch / 1000)
        // Each answers -1 for "before" and 1 for "after"; 0 is an error.
        return X509_cmp_time(X509_get0_notBefore(x509), &seconds) < 0
            && X509_cmp_time(X509_get0_notAfter(x509), &seconds) > 0
    }

    /// Verifies an RSA PKCS #1 v1.5 signature.
    func verifies(_ signature: [UInt8], of message: [UInt8], version: Int) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        let digest = version == 1 ? EVP_sha1() : EVP_sha256()
        guard EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
