import HTTPEndpoint
import Testing

@Suite("The ingress answers as the contract says", .timeLimit(.minutes(1)))
struct IngressServerTests {
    @Test(
        "each receipt has its status",
        arguments: [(Receipt.accepted, 200), (.unreadable, 400), (.refused, 403), (.unavailable, 503)])
    func receipts(receipt: Receipt, status: Int) async throws {
        try await servingIngress(receiver: FakeReceiver(receipt)) { server in
            let answer = try await ask(server, "POST /sns", body: "{}")
            #expect(answer.status == status)
        }
    }

    @Test("a message that is not accepted now says when to try again")
    func retryAfter() async throws {
        try await servingIngress(receiver: FakeReceiver(.unavailable)) { server in
            let answer = try await ask(server, "POST /sns", body: "{}")
            #expect(answer.headers["retry-after"] == "5")
        }
    }

    @Test("a refusal tells the sender nothing")
    func refusal() async throws {
        try await servingIngress(receiver: FakeReceiver(.refused)) { server in
            let answer = try await ask(server, "POST /sns", body: "{}")
            let expected =
                #"{"error":{"code":"refused","hint":"The log of draind says why.","message":"refused"}}"#
            #expect(answer.body == expected)
        }
    }

    @Test("the receiver is handed the body and what the headers claim")
    func message() async throws {
        let receiver = FakeReceiver()
        try await servingIngress(receiver: receiver) { server in
            _ = try await ask(
                server, "POST /sns",
                headers: [
                    "x-amz-sns-message-type: Notification", "x-amz-sns-topic-arn: arn:aws:sns:eu-west-1:1:t",
                    "x-amz-sns-rawdelivery: true", "Content-Type: text/plain; charset=UTF-8",
                ], body: "hello")
            let expected = ReceivedMessage(
                body: Array("hello".utf8), messageType: "Notification", isRawDelivery: true, peer: "127.0.0.1")
            #expect(receiver.messages == [expected])
        }
    }

    @Test("a message without the raw delivery header is not raw")
    func notRaw() async throws {
        let receiver = FakeReceiver()
        try await servingIngress(receiver: receiver) { server in
            _ = try await ask(server, "POST /sns", body: "{}")
            #expect(receiver.messages.map(\.isRawDelivery) == [false])
        }
    }

    @Test("it is healthy while it serves")
    func health() async throws {
        try await servingIngress { server in
            let answer = try await ask(server, "GET /healthz")
            #expect(answer.status == 200 && answer.body == #"{"status":"ok"}"#)
        }
    }

    @Test("an unknown path is 404, with a hint in the contract's shape")
    func unknownPath() async throws {
        try await servingIngress { server in
            let answer = try await ask(server, "GET /metrics")
            #expect(answer.status == 404)
            #expect(
                answer.body == #"{"error":{"code":"not-found","hint":"POST /sns and GET /healthz are served here.","#
                    + #""message":"nothing is served at this path"}}"#)
        }
    }

    @Test("another method is 405 and says which are allowed", arguments: ["GET", "PUT", "DELETE", "HEAD"])
    func otherMethod(method: String) async throws {
        try await servingIngress { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("\(method) /sns", headers: ["Connection: close"]))
            let answer = try await client.answerHead()
            #expect(answer.status == 405 && answer.headers["allow"] == "POST")
        }
    }

    @Test("two messages come in over one connection")
    func keepAlive() async throws {
        let receiver = FakeReceiver()
        try await servingIngress(receiver: receiver) { server in
            let client = try RawClient(port: server.port)
            for body in ["one", "two"] {
                try await client.send(request("POST /sns", body: body))
                #expect(try await client.answer().status == 200)
            }
            #expect(receiver.messages.map(\.body) == [Array("one".utf8), Array("two".utf8)])
        }
    }

    @Test("pipelined messages are answered one after the other")
    func pipelined() async throws {
        try await servingIngress { server in
            let client = try RawClient(port: server.port)
            try await client.send(request("POST /sns", body: "one") + request("GET /nowhere"))
            #expect(try await client.answer().status == 200)
            #expect(try await client.answer().status == 404)
        }
    }

    @Test("a message beyond the limit of those in flight is 503 at once, and the others are not disturbed")
    func inFlightLimit() async throws {
        let receiver = FakeReceiver(holds: true)
        try await servingIngress(receiver: receiver, { $0.maximumInFlight = 1 }) { server in
            let first = try RawClient(port: server.port)
            try await first.send(request("POST /sns", body: "{}"))
            await receiver.messageArrived()
            let second = try await ask(server, "POST /sns", body: "{}")
            #expect(second.status == 503 && second.headers["retry-after"] == "5")
            receiver.release()
            #expect(try await first.answer().status == 200)
            receiver.release()
            let third = try await ask(server, "POST /sns", body: "{}")
            #expect(third.status == 200)
        }
    }

    @Test("messages whose bodies are still on their way shut nobody out")
    func halfSentBodies() async throws {
        try await servingIngress({ $0.maximumInFlight = 1 }) { server in
            let slow = try (0..<3).map { _ in try RawClient(port: server.port) }
            for client in slow { try await client.send(request("POST /sns", headers: ["Content-Length: 9"]) + "half") }
            // One after the other, so that the last ones surely come after the halves.
            for _ in 0..<20 {
                let answer = try await ask(server, "POST /sns", body: "{}")
                #expect(answer.status == 200)
            }
            for client in slow { client.hangUp() }
        }
    }

    @Test(
        "when large bodies have used up their memory, small ones still come in",
        arguments: [(16 << 10, 200), ((16 << 10) + 1, 503)])
    func bufferedBytes(size: Int, status: Int) async throws {
        try await servingIngress({ $0.maximumBufferedBytes = 0 }) { server in
            let answer = try await ask(server, "POST /sns", body: String(repeating: "x", count: size))
            #expect(answer.status == status)
        }
    }

    @Test("a large body gives back the memory that it took")
    func bufferedBytesGivenBack() async throws {
        let body = String(repeating: "x", count: 100_000)
        try await servingIngress({ $0.maximumBufferedBytes = 100_000 - (16 << 10) }) { server in
            for _ in 0..<3 {
                let answer = try await ask(server, "POST /sns", body: body)
                #expect(answer.status == 200)
            }
        }
    }

    @Test("that the limit was reached is logged once, until there is room again")
    func inFlightNews() async throws {
        let log = RecordedLog()
        let receiver = FakeReceiver(holds: true)
        try await servingIngress(receiver: receiver, logger: log.logger, { $0.maximumInFlight = 1 }) { server in
            for round in 1...2 {
                let held = try RawClient(port: server.port)
                try await held.send(request("POST /sns", body: "{}"))
                await receiver.messageArrived()
                for _ in 0..<3 { _ = try await ask(server, "POST /sns", body: "{}") }
                #expect(log.lines.count == round)
                receiver.release()
                _ = try await held.answer()
            }
        }
    }

    @Test("nonsense instead of HTTP is answered with 400 and the connection closed")
    func nonsense() async throws {
        try await servingIngress { server in
            let client = try RawClient(port: server.port)
            try await client.send("NONSENSE\r\n\r\n")
            #expect(try await client.answer().status == 400)
            try await client.bytesUntilClosed()
        }
    }
}
