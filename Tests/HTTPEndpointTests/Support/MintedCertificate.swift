import Foundation

/// A certificate for localhost and its key in a folder of their own, which is removed with it.
final class MintedCertificate: Sendable {
    private let folder: String
    var certificate: String { folder + "/certificate.pem" }
    var privateKey: String { folder + "/key.pem" }

    init(serial: Int) async throws {
        folder = NSTemporaryDirectory() + "draind-certificate-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await mint(serial: serial)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Makes a new key and certificate in place of the old.
    func mint(serial: Int) async throws {
        try await openSSL([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-set_serial", "\(serial)", "-keyout", privateKey, "-out", certificate,
        ])
    }
}

/// What the server on `port` presents to a new handshake: the serial number of its certificate.
func servedSerial(port: Int) async throws -> Int? {
    let output = try await openSSL(["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost"])
    let serial = try await openSSL(["x509", "-noout", "-serial"], input: output)
    return serial.split(separator: "=").last.flatMap { Int($0.trimmingCharacters(in: .newlines), radix: 16) }
}

struct OpenSSLFailure: Error {
    let output: String
}

/// Runs `openssl` on a thread of its own, with its standard input closed after `input`.
@discardableResult
func openSSL(_ arguments: [String], input: String = "") async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Result { try runOpenSSL(arguments, input: input) })
        }
    }
}

private func runOpenSSL(_ arguments: [String], input: String) throws -> String {
    let process = Process()
    let (inward, outward) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    process.standardInput = inward
    process.standardOutput = outward
    process.standardError = outward
    try process.run()
    try? inward.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try? inward.fileHandleForWriting.close()
    let output = String(decoding: outward.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw OpenSSLFailure(output: output) }
    return output
}
