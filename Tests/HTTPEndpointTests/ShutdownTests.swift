import HTTPEndpoint
import Testing

@Suite("A graceful shutdown ends, and loses nothing", .timeLimit(.minutes(1)))
struct ShutdownTests {
    private func unlimited(_ configuration: inout IngressServer.Configuration) {
        configuration.limits.idle = .seconds(600)
        configuration.limits.reading = .seconds(600)
        configuration.limits.exchange = .seconds(600)
    }

    @Test("an idle connection is closed at once")
    func idle() async throws {
        try await servingIngress(unlimited) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("GET /healthz"))
            _ = try await client.answer()
            await server.beginShutdown()
            await server.hasEnded()
            #expect(try await client.bytesUntilClosed() == 0)
        }
    }

    @Test("a message in the receiver's hands is answered before the end")
    func inFlight() async throws {
        let receiver = FakeReceiver(holds: true)
        try await servingIngress(receiver: receiver, unlimited) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", body: "{}"))
            await receiver.messageArrived()
            await server.beginShutdown()
            receiver.release()
            #expect(try await client.answer().status == 200)
            await server.hasEnded()
        }
    }

    @Test("a large answer on its way is sent to its end")
    func largeAnswer() async throws {
        try await servingAdmin(drains: FakeDrains(manyDrains)) { server in
            let client = try RawClient(port: server.port, receiveBuffer: 4096)
            try await client.send(request("GET /v1/drains"))
            let head = try await client.answerHead()
            await server.beginShutdown()
            let length = head.headers["content-length"]
            #expect(try await client.bytesUntilClosed() == length.flatMap { Int($0) })
            await server.hasEnded()
        }
    }

    @Test("a half-sent request does not hold up the end beyond the reading deadline")
    func halfSent() async throws {
        try await servingIngress({ configuration in
            unlimited(&configuration)
            configuration.limits.reading = .milliseconds(300)
        }) { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", headers: ["Content-Length: 10"]) + "half")
            await server.beginShutdown()
            await server.hasEnded()
            #expect(try await client.bytesUntilClosed() == 0)
        }
    }

    @Test("new connections are refused afterwards")
    func refused() async throws {
        try await servingIngress { server in
            await server.beginShutdown()
            await server.hasEnded()
            #expect(throws: RawClient.Failure.self) { try RawClient(port: server.port) }
        }
    }
}
