import FoundationEssentials
import NIOCore
import NIOSSL

/// The bytes of a certificate file and of its private key file, as they were at one moment.
struct CertificatePair: Equatable {
    let certificate: Data
    let privateKey: Data

    /// Where the two lie.
    struct Files: Sendable {
        let certificate: String
        let privateKey: String
    }

    /// Reads both files; blocks.
    init(reading files: Files) throws(CertificateError) {
        certificate = try Self.read(files.certificate)
        privateKey = try Self.read(files.privateKey)
    }

    /// What handshakes are made with: TLS 1.2 and 1.3, HTTP/1.1.
    func makeContext(_ files: Files) throws(CertificateError) -> NIOSSLContext {
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(Array(certificate)), !chain.isEmpty else {
            throw .noCertificate(path: files.certificate)
        }
        guard let key = try? NIOSSLPrivateKey(bytes: Array(privateKey), format: .pem) else {
            throw .noPrivateKey(path: files.privateKey)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // A peer that does not say goodbye must not hold up a shutdown.
        configuration.shutdownTimeout = .seconds(1)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .unusablePair(
                certificate: files.certificate, privateKey: files.privateKey, reason: String(describing: error))
        }
    }

    private static func read(_ path: String) throws(CertificateError) -> Data {
        do {
            return try Data(contentsOf: URL(filePath: path))
        } catch {
            throw .unreadableFile(
                path: path,
                reason: FileManager.default.fileExists(atPath: path)
                    ? "cannot be read" : "no such file")
        }
    }
}
