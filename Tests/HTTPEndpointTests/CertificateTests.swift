import Foundation
import Logging
import Testing

@testable import HTTPEndpoint

private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("A certificate is renewed from its files, and only by one that can be served", .timeLimit(.minutes(1)))
struct RenewableCertificateTests {
    private func renewable(_ files: MintedCertificate, _ logger: Logger = silent) throws -> RenewableCertificate {
        try RenewableCertificate(certificate: files.certificate, privateKey: files.privateKey, logger: logger)
    }

    @Test("files that have not changed change nothing")
    func unchanged() async throws {
        let files = try await MintedCertificate(serial: 1)
        #expect(try renewable(files).look() == .unchanged)
    }

    @Test("a new pair is taken over")
    func renewed() async throws {
        let files = try await MintedCertificate(serial: 1)
        let certificate = try renewable(files)
        try await files.mint(serial: 2)
        #expect(certificate.look() == .renewed)
    }

    @Test("a certificate whose key is still the old one is not served; with its key it is")
    func halfRenewed() async throws {
        let files = try await MintedCertificate(serial: 1)
        let certificate = try renewable(files)
        let before = certificate.context
        let next = try await MintedCertificate(serial: 2)
        try Data(contentsOf: URL(filePath: next.certificate)).write(to: URL(filePath: files.certificate))
        guard case .kept(.unusablePair) = certificate.look() else {
            Issue.record("a certificate was taken over that has another key")
            return
        }
        #expect(certificate.context === before)
        try Data(contentsOf: URL(filePath: next.privateKey)).write(to: URL(filePath: files.privateKey))
        #expect(certificate.look() == .renewed)
    }

    @Test("a broken file keeps the old certificate, and is reported once")
    func broken() async throws {
        let log = RecordedLog()
        let files = try await MintedCertificate(serial: 1)
        let certificate = try renewable(files, log.logger)
        try Data("-----BEGIN CERTIFICATE-----\n".utf8).write(to: URL(filePath: files.certificate))
        #expect(certificate.look() == .kept(.noCertificate(path: files.certificate)))
        #expect(certificate.look() == .unchanged)
        #expect(log.lines.count == 1)
    }

    @Test("a missing file keeps the old certificate, and is reported once each time it goes missing")
    func missing() async throws {
        let log = RecordedLog()
        let files = try await MintedCertificate(serial: 1)
        let certificate = try renewable(files, log.logger)
        for _ in 0..<2 {
            try FileManager.default.moveItem(atPath: files.privateKey, toPath: files.privateKey + ".away")
            _ = certificate.look()
            _ = certificate.look()
            try FileManager.default.moveItem(atPath: files.privateKey + ".away", toPath: files.privateKey)
            #expect(certificate.look() == .unchanged)
        }
        #expect(log.lines.count == 2)
    }

    @Test("nothing is served from the start without a usable pair")
    func unusableFromTheStart() async throws {
        let files = try await MintedCertificate(serial: 1)
        #expect(throws: CertificateError.noPrivateKey(path: files.certificate)) {
            try RenewableCertificate(
                certificate: files.certificate, privateKey: files.certificate, logger: silent)
        }
        #expect(throws: CertificateError.unreadableFile(path: "/nowhere", reason: "no such file")) {
            try RenewableCertificate(certificate: "/nowhere", privateKey: files.privateKey, logger: silent)
        }
    }
}

@Suite("The ingress with a certificate speaks HTTPS only", .timeLimit(.minutes(1)))
struct IngressTLSTests {
    private func servingTLS(
        _ files: MintedCertificate, every interval: Duration = .seconds(600),
        _ change: (inout IngressServer.Configuration) -> Void = { _ in },
        _ body: (Running) async throws -> Void
    ) async throws {
        let certificate = try RenewableCertificate(
            certificate: files.certificate, privateKey: files.privateKey, every: interval, logger: silent)
        try await servingIngress(
            { configuration in
                configuration.certificate = certificate
                change(&configuration)
            }, body)
    }

    @Test("a request is answered over TLS")
    func answered() async throws {
        let files = try await MintedCertificate(serial: 7)
        try await servingTLS(files) { server in
            let output = try await openSSL(
                ["s_client", "-ign_eof", "-connect", "127.0.0.1:\(server.port)"],
                input: request("GET /healthz", headers: ["Connection: close"]))
            #expect(output.contains(#"{"status":"ok"}"#))
        }
    }

    @Test("a body over the limit is refused, and the connection closed, over TLS too")
    func tooLarge() async throws {
        let files = try await MintedCertificate(serial: 7)
        try await servingTLS(files, { $0.limits.linger = .milliseconds(200) }) { server in
            let output = try await openSSL(
                ["s_client", "-ign_eof", "-connect", "127.0.0.1:\(server.port)"],
                input: request("POST /sns", headers: ["Content-Length: \(2 << 20)"]))
            #expect(output.contains("HTTP/1.1 413"))
        }
    }

    @Test("new handshakes see a renewed certificate without a restart")
    func renewal() async throws {
        let files = try await MintedCertificate(serial: 1)
        try await servingTLS(files, every: .milliseconds(10)) { server in
            #expect(try await servedSerial(port: server.port) == 1)
            try await files.mint(serial: 2)
            while try await servedSerial(port: server.port) == 1 {}
            #expect(try await servedSerial(port: server.port) == 2)
        }
    }

    @Test("TLS 1.1 is refused by us, not by the client", arguments: ["-tls1_1", "-tls1"])
    func oldVersions(version: String) async throws {
        let files = try await MintedCertificate(serial: 1)
        try await servingTLS(files) { server in
            let failure = await #expect(throws: OpenSSLFailure.self) {
                try await openSSL([
                    "s_client", version, "-cipher", "ALL:@SECLEVEL=0", "-connect", "127.0.0.1:\(server.port)",
                ])
            }
            #expect(failure?.output.contains("alert protocol version") == true)
        }
    }

    @Test("plain HTTP is not answered")
    func plain() async throws {
        try await servingTLS(try await MintedCertificate(serial: 1)) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("GET /healthz"))
            await #expect(throws: RawClient.Failure.self) { try await client.answer() }
        }
    }

    @Test("a handshake that does not go on is cut off")
    func silentHandshake() async throws {
        let files = try await MintedCertificate(serial: 1)
        try await servingTLS(files, { $0.limits.idle = .milliseconds(200) }) { server in
            let client = try RawClient(port: server.port)
            // The beginning of a ClientHello.
            try await client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
            try await client.bytesUntilClosed()
        }
    }
}
