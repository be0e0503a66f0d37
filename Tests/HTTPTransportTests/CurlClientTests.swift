import Glibc
import Testing

@testable import HTTPTransport

@Suite("The HTTP client", .timeLimit(.minutes(1)))
struct CurlClientTests {
    private let client = CurlClient(userAgent: "test")
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Word: here\r\n\r\nok"

    private func reason(_ request: HTTPRequest) async -> HTTPTransportError.Reason? {
        do throws(HTTPTransportError) {
            _ = try await client.send(request)
            return nil
        } catch {
            return error.reason
        }
    }

    private func get(_ server: ScriptedServer) -> HTTPRequest { HTTPRequest(method: "GET", url: server.url + "/") }

    // MARK: What is sent and received

    @Test("gives status, headers and body of the answer")
    func answer() async throws {
        let server = ScriptedServer.answering(Self.ok)
        defer { server.stop() }
        let response = try await client.send(get(server))
        #expect(response.status == 200)
        #expect(response.header("x-word") == "here")
        #expect(response.body == Array("ok".utf8))
    }

    @Test("sends method, path, headers and body as they are given, and nothing that was not signed")
    func request() async throws {
        let server = ScriptedServer { connection in
            let request = connection.receive()
            connection.send(Self.ok)
            return request
        }
        defer { server.stop() }
        let request = HTTPRequest(
            method: "POST", url: server.url + "/a/../b%20c?q=1", headers: [("X-Empty", ""), ("X-Amz-Date", "today")],
            body: Array("hello".utf8))
        _ = try await client.send(request)
        let lines = await server.next()?.split(separator: "\r\n").map(String.init)
        #expect(
            lines == [
                "POST /a/../b%20c?q=1 HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "User-Agent: test", "Accept: */*",
                "X-Empty:", "X-Amz-Date: today", "Content-Length: 5", "hello",
            ])
    }

    @Test("sends a large body without waiting for 100 Continue")
    func largeBody() async throws {
        let server = ScriptedServer { connection in
            let request = connection.receive() ?? ""
            connection.send(Self.ok)
            return "\(request.utf8.count > 1 << 20) \(request.lowercased().contains("expect:"))"
        }
        defer { server.stop() }
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        _ = try await client.send(HTTPRequest(method: "POST", url: server.url, body: body))
        #expect(await server.next() == "true false")
    }

    @Test("follows no redirect")
    func redirect() async throws {
        let server = ScriptedServer.answering(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        defer { server.stop() }
        #expect(try await client.send(get(server)).status == 302)
    }

    @Test("uses a connection again")
    func reuse() async throws {
        let server = ScriptedServer.answering(Self.ok)
        defer { server.stop() }
        for _ in 0..<5 { _ = try await client.send(get(server)) }
        #expect(server.connections == 1)
    }

    @Test("carries many requests at once, each with its own answer")
    func many() async throws {
        let server = ScriptedServer { connection in
            while let request = connection.receive() {
                let path = request.split(separator: " ")[1]
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
            }
            return nil
        }
        defer { server.stop() }
        let mismatches = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let response = try await client.send(HTTPRequest(method: "GET", url: "\(server.url)/\(number)"))
                    return String(decoding: response.body, as: UTF8.self) == "/\(number)"
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 0 : 1) }
        }
        #expect(mismatches == 0)
    }

    // MARK: Servers that misbehave

    @Test(
        "fails when the answer ends early or is none",
        arguments: [
            "", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "nonsense\r\n\r\n",
        ])
    func broken(answer: String) async {
        let server = ScriptedServer { connection in
            _ = connection.receive()
            connection.send(answer)
            return nil
        }
        defer { server.stop() }
        #expect(await reason(get(server)) == .interrupted)
    }

    @Test("gives up on a server that never answers")
    func silence() async {
        let server = ScriptedServer { connection in
            connection.waitForClose()
            return "closed"
        }
        defer { server.stop() }
        var request = get(server)
        request.timeout = .milliseconds(200)
        let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
        #expect(error?.reason == .timedOut)
        #expect(error?.mayHaveBeenReceived == true)
        #expect(await server.next() == "closed")
    }

    @Test("knows that a request was not received when its time was up before it was sent")
    func silentHandshake() async {
        let server = ScriptedServer { connection in
            connection.waitForClose()
            return nil
        }
        defer { server.stop() }
        let request = HTTPRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/", timeout: .milliseconds(200))
        let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request) }
        #expect(error?.reason == .timedOut)
        #expect(error?.mayHaveBeenReceived == false)
    }

    @Test("gives up on a server that sends its answer in drops")
    func trickle() async {
        let server = ScriptedServer { connection in
            _ = connection.receive()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
            connection.waitForClose()
            return nil
        }
        defer { server.stop() }
        var request = get(server)
        request.timeout = .milliseconds(200)
        #expect(await reason(request) == .timedOut)
    }

    @Test(
        "takes no longer answer than allowed, whether its length was announced or not",
        arguments: ["Content-Length: 101\r\n", "Connection: close\r\n", "Transfer-Encoding: chunked\r\n"])
    func tooLarge(header: String) async {
        let body = String(repeating: "x", count: 101)
        let server = ScriptedServer { connection in
            _ = connection.receive()
            connection.send("HTTP/1.1 200 OK\r\n\(header)\r\n")
            connection.send(header.hasPrefix("Transfer") ? "65\r\n\(body)\r\n0\r\n\r\n" : body)
            return nil
        }
        defer { server.stop() }
        var request = get(server)
        request.maximumResponseBytes = 100
        #expect(await reason(request) == .responseTooLarge)
    }

    @Test("takes an answer of exactly the length that is allowed")
    func fits() async throws {
        let server = ScriptedServer.answering(Self.ok)
        defer { server.stop() }
        var request = get(server)
        request.maximumResponseBytes = 2
        #expect(try await client.send(request).body.count == 2)
    }

    @Test("says that nobody listens")
    func refused() async {
        let server = ScriptedServer.answering(Self.ok)
        server.stop()
        let error = await #expect(throws: HTTPTransportError.self) { try await client.send(get(server)) }
        #expect(error?.reason == .couldNotConnect)
        #expect(error?.mayHaveBeenReceived == false)
    }

    @Test("speaks TLS only with whom it can verify: a server that speaks none is refused")
    func tls() async {
        let server = ScriptedServer { connection in
            connection.send(Self.ok)
            connection.waitForClose()
            return nil
        }
        defer { server.stop() }
        let request = HTTPRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/")
        #expect(await reason(request) == .tls)
    }

    @Test(
        "refuses what is not HTTP",
        arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "", "http://"])
    func otherSchemes(url: String) async {
        #expect(await reason(HTTPRequest(method: "GET", url: url)) == .invalidRequest)
    }

    @Test("refuses a header that would be two", arguments: ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
    func headerInjection(value: String) async {
        let request = HTTPRequest(method: "GET", url: "http://127.0.0.1:1/", headers: [("X-Value", value)])
        #expect(await reason(request) == .invalidRequest)
    }

    // MARK: Ending early

    @Test("ends a request that is cancelled, and closes its connection")
    func cancel() async {
        let server = ScriptedServer { connection in
            connection.waitForClose()
            return "closed"
        }
        defer { server.stop() }
        let request = get(server)
        let sending = Task { await reason(request) }
        while server.connections == 0 { await Task.yield() }
        sending.cancel()
        #expect(await sending.value == .cancelled)
        #expect(await server.next() == "closed")
    }

    @Test("does not send for a task that was cancelled before")
    func cancelledBefore() async {
        let server = ScriptedServer.answering(Self.ok)
        defer { server.stop() }
        let request = get(server)
        let sending = Task {
            while !Task.isCancelled { await Task.yield() }
            return await reason(request)
        }
        sending.cancel()
        #expect(await sending.value == .cancelled)
        #expect(server.connections == 0)
    }

    @Test("fails every request under way when it is shut down, and every later one")
    func shutdown() async {
        let server = ScriptedServer { connection in
            connection.waitForClose()
            return nil
        }
        defer { server.stop() }
        let request = get(server)
        let reasons = await withTaskGroup(of: HTTPTransportError.Reason?.self) { group in
            for _ in 0..<20 { group.addTask { await reason(request) } }
            while server.connections < 20 { await Task.yield() }
            client.shutdown()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(reasons == Array(repeating: .shutDown, count: 20))
        #expect(await reason(request) == .shutDown)
    }

    @Test("answers each of many requests exactly once, though half are cancelled and it is shut down meanwhile")
    func turmoil() async {
        let server = ScriptedServer.answering(Self.ok)
        defer { server.stop() }
        let request = get(server)
        let count = await withTaskGroup(of: Void.self) { group in
            for number in 0..<400 {
                group.addTask {
                    let sending = Task { await reason(request) }
                    if number.isMultiple(of: 2) { sending.cancel() }
                    _ = await sending.value
                    if number == 300 { client.shutdown() }
                }
            }
            return await group.reduce(0) { count, _ in count + 1 }
        }
        #expect(count == 400)
    }
}
