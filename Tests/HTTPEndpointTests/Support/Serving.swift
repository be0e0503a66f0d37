import HTTPEndpoint
import Logging
import ServiceLifecycle

/// A server that runs for as long as a test's body does.
struct Running: Sendable {
    let port: Int
    private let group: ServiceGroup
    private let end: AsyncStream<Void>

    fileprivate init(port: Int, group: ServiceGroup, end: AsyncStream<Void>) {
        self.port = port
        self.group = group
        self.end = end
    }

    func beginShutdown() async { await group.triggerGracefulShutdown() }

    /// Returns once the server has come to its end.
    func hasEnded() async { for await _ in end {} }
}

typealias OnListening = @Sendable (ListenAddress) async -> Void

/// Runs a server on a port that is free, then `body`, then shuts it down and waits for its end.
func serving(
    _ make: (_ address: ListenAddress, _ onListening: @escaping OnListening) -> any Service,
    _ body: (Running) async throws -> Void
) async throws {
    let (ports, foundPort) = AsyncStream.makeStream(of: Int.self)
    let (end, ended) = AsyncStream.makeStream(of: Void.self)
    let service = make(ListenAddress(host: "127.0.0.1", port: 0)) { foundPort.yield($0.port) }
    let group = ServiceGroup(
        configuration: .init(
            services: [.init(service: service)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer {
                ended.finish()
                foundPort.finish()
            }
            try await group.run()
        }
        if let port = await ports.first(where: { _ in true }) {
            let running = Running(port: port, group: group, end: end)
            do {
                try await body(running)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

func servingIngress(
    receiver: FakeReceiver = FakeReceiver(), logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ change: (inout IngressServer.Configuration) -> Void = { _ in },
    _ body: (Running) async throws -> Void
) async throws {
    try await serving(
        { address, onListening in
            var configuration = IngressServer.Configuration(address: address)
            change(&configuration)
            return IngressServer(
                configuration: configuration, receiver: receiver, logger: logger, onListening: onListening)
        }, body)
}

func servingAdmin(
    drains: FakeDrains = FakeDrains(), operations: FakeOperator = FakeOperator(),
    readiness: Readiness = .ready(.decides(epoch: 1)),
    _ change: (inout AdminServer.Configuration) -> Void = { _ in },
    _ body: (Running) async throws -> Void
) async throws {
    try await serving(
        { address, onListening in
            var configuration = AdminServer.Configuration(address: address)
            change(&configuration)
            return AdminServer(
                configuration: configuration, drains: drains, operations: operations, readiness: { readiness },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onListening: onListening)
        }, body)
}

/// The text of a request.
func request(_ line: String, headers: [String] = [], body: String = "") -> String {
    var lines = ["\(line) HTTP/1.1", "Host: localhost"] + headers
    if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
}

/// One request over a connection of its own.
func ask(_ server: Running, _ line: String, headers: [String] = [], body: String = "") async throws -> RawClient.Answer
{
    let client = try RawClient(port: server.port)
    try await client.send(request(line, headers: headers, body: body))
    return try await client.answer()
}
