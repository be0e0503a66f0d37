import HTTPEndpoint
import Testing

@Suite("A body over the limit is not read on", .timeLimit(.minutes(1)))
struct BodyLimitTests {
    private let receiver = FakeReceiver()
    private static let mebibyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)

    @Test("a body of exactly 1 MiB is taken")
    func exactlyTheLimit() async throws {
        try await servingIngress(receiver: receiver) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Content-Length: \(1 << 20)"]))
            try await client.send(Self.mebibyte)
            #expect(try await client.answer().status == 200)
            #expect(receiver.messages.map(\.body.count) == [1 << 20])
        }
    }

    @Test("a length over 1 MiB is refused before a byte of the body has come, and the connection closed")
    func announced() async throws {
        try await servingIngress(receiver: receiver) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Content-Length: \((1 << 20) + 1)"]))
            let answer = try await client.answer()
            #expect(answer.status == 413 && answer.headers["connection"] == "close")
            #expect(try await client.bytesUntilClosed() == 0)
            #expect(receiver.messages.isEmpty)
        }
    }

    @Test("a body that turns out to be over 1 MiB while it streams is refused, and the connection closed")
    func streamed() async throws {
        try await servingIngress(receiver: receiver) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Transfer-Encoding: chunked"]))
            for _ in 0..<2 {
                try await client.send("100000\r\n")
                try await client.send(Self.mebibyte)
                try await client.send("\r\n")
            }
            let answer = try await client.answer()
            #expect(answer.status == 413 && answer.headers["connection"] == "close")
            try await client.bytesUntilClosed()
            #expect(receiver.messages.isEmpty)
        }
    }

    @Test("a client that sends all of its 2 MiB before it reads still sees why it was refused")
    func sentWhole() async throws {
        try await servingIngress(receiver: receiver) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Content-Length: \(2 << 20)"]))
            try await client.somethingCame()
            for _ in 0..<2 { try await client.send(Self.mebibyte) }
            #expect(try await client.answer().status == 413)
        }
    }

    @Test("a client that goes on sending is cut off, not listened to for ever")
    func goesOn() async throws {
        try await servingIngress(receiver: receiver, { $0.limits.linger = .seconds(60) }) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Content-Length: \(4 << 30)"]))
            let taken = try await client.sendUntilRefused(Self.mebibyte, limit: 1 << 30)
            #expect(taken < 64 << 20)
        }
    }

    @Test("a client that stops sending, but does not close, is closed after the linger time")
    func stops() async throws {
        let limits = { (configuration: inout IngressServer.Configuration) in
            configuration.limits.linger = .milliseconds(200)
            configuration.limits.connections = 1
        }
        try await servingIngress(receiver: receiver, limits) { server in
            let stubborn = try RawClient(port: server.port)
            try await stubborn.send(request("POST /sns", headers: ["Content-Length: \(2 << 20)"]))
            _ = try await stubborn.answer()
            // Only one connection is let in at a time, so that an answer means that the other is gone.
            let answer = try await ask(server, "GET /healthz")
            #expect(answer.status == 200)
            withExtendedLifetime(stubborn) {}
        }
    }

    @Test("the log has one line that says why")
    func log() async throws {
        let log = RecordedLog()
        try await servingIngress(receiver: receiver, logger: log.logger) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Content-Length: \(2 << 20)"]))
            _ = try await client.answer()
            #expect(log.lines.count == 1)
            #expect(log.lines.first?.contains("more than 1048576 bytes") == true)
        }
    }
}
