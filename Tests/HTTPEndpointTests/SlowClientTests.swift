import DrainModel
import HTTPEndpoint
import Testing

/// Each test shortens one limit and leaves the others so long that only this one can end the connection in time.
@Suite("No client can hold a connection for longer than it may", .timeLimit(.minutes(1)))
struct SlowClientTests {
    private static func limits(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
        var limits = ConnectionLimits()
        limits.idle = .seconds(600)
        limits.reading = .seconds(600)
        limits.exchange = .seconds(600)
        change(&limits)
        return limits
    }

    @Test("a connection that says nothing is closed at the idle timeout")
    func silent() async throws {
        try await servingIngress({ $0.limits = Self.limits { $0.idle = .milliseconds(200) } }) { server in
            let client = try RawClient(port: server.port)
            #expect(try await client.bytesUntilClosed() == 0)
        }
    }

    @Test("a connection that says nothing after its first request is closed at the idle timeout")
    func silentAfterwards() async throws {
        try await servingIngress({ $0.limits = Self.limits { $0.idle = .seconds(1) } }) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("GET /healthz"))
            #expect(try await client.answer().status == 200)
            #expect(try await client.bytesUntilClosed() == 0)
        }
    }

    @Test("a head that trickles in is cut off at the reading deadline")
    func tricklingHead() async throws {
        try await servingIngress({ $0.limits = Self.limits { $0.reading = .milliseconds(300) } }) { server in
            let client = try RawClient(port: server.port)
            try await client.send("POST /sns HTTP/1.1\r\nX-Long: ")
            try await client.drip("x")
        }
    }

    @Test("a body that trickles in is cut off at the reading deadline, and is no message")
    func tricklingBody() async throws {
        let receiver = FakeReceiver()
        let reading = Self.limits { $0.reading = .milliseconds(300) }
        try await servingIngress(receiver: receiver, { $0.limits = reading }) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Content-Length: 100000"]))
            try await client.drip("x")
            try await client.bytesUntilClosed()
        }
        #expect(receiver.messages.isEmpty)
    }

    @Test("a chunked body that trickles in is cut off at the reading deadline, and is no message")
    func tricklingChunks() async throws {
        let receiver = FakeReceiver()
        let reading = Self.limits { $0.reading = .milliseconds(300) }
        try await servingIngress(receiver: receiver, { $0.limits = reading }) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Transfer-Encoding: chunked"]))
            try await client.drip("1\r\nx\r\n")
            try await client.bytesUntilClosed()
        }
        #expect(receiver.messages.isEmpty)
    }

    @Test("a request that is never decided about is closed at the deadline for the whole exchange")
    func undecided() async throws {
        let receiver = FakeReceiver(holds: true)
        let exchange = Self.limits { $0.exchange = .milliseconds(300) }
        try await servingIngress(receiver: receiver, { $0.limits = exchange }) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", body: "{}"))
            #expect(try await client.bytesUntilClosed() == 0)
            receiver.release()
        }
    }

    @Test("a client that does not read its answer is closed at the deadline for the whole exchange")
    func unreadAnswer() async throws {
        let limits = Self.limits {
            $0.exchange = .seconds(2)
            $0.connections = 1
        }
        try await servingAdmin(drains: FakeDrains(manyDrains), { $0.limits = limits }) { server in
            let reluctant = try RawClient(port: server.port, receiveBuffer: 4096)
            try await reluctant.send(request("GET /v1/drains"))
            _ = try await reluctant.answerHead()
            // Only one connection is let in at a time, so that an answer means that the other is gone.
            let answer = try await ask(server, "GET /healthz")
            #expect(answer.status == 200)
            withExtendedLifetime(reluctant) {}
        }
    }

    @Test("connections beyond the cap wait until another one is closed")
    func cap() async throws {
        let receiver = FakeReceiver(holds: true)
        try await servingIngress(receiver: receiver, { $0.limits = Self.limits { $0.connections = 1 } }) { server in
            let first = try RawClient(port: server.port)
            try await first.send(request("POST /sns", headers: ["Connection: close"], body: "one"))
            await receiver.messageArrived()
            let second = try RawClient(port: server.port)
            try await second.send(request("POST /sns", body: "two"))
            receiver.release()
            #expect(try await first.answer().status == 200)
            try await first.bytesUntilClosed()
            #expect(receiver.messages.count == 1)
            first.hangUp()
            receiver.release()
            #expect(try await second.answer().status == 200)
        }
    }
}

/// More than the kernel's buffers hold.
let manyDrains: [Drain] = {
    var drain = Drain.waiting
    drain.blockedBy = [Blocker(.noCapacity, message: String(repeating: "x", count: 64 << 10), hint: "")]
    return Array(repeating: drain, count: 160)
}()
