import HTTPEndpoint
import Logging
import ServiceLifecycle
import Testing

@Suite("A listener that cannot listen says why", .timeLimit(.minutes(1)))
struct ListenTests {
    private func listen(_ host: String, _ port: Int) async throws {
        let configuration = AdminServer.Configuration(address: ListenAddress(host: host, port: port))
        try await AdminServer(
            configuration: configuration, drains: FakeDrains(), operations: FakeOperator(),
            readiness: { .ready(.decides(epoch: 1)) }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ).run()
    }

    @Test("a port that is taken")
    func taken() async throws {
        try await servingIngress { server in
            let address = ListenAddress(host: "127.0.0.1", port: server.port)
            await #expect(throws: ListenError.addressInUse(address)) { try await listen("127.0.0.1", server.port) }
        }
    }

    @Test("an address that this machine does not have")
    func elsewhere() async throws {
        // TEST-NET-1, RFC 5737: no machine has it.
        let error = await #expect(throws: ListenError.self) { try await listen("192.0.2.1", 0) }
        let error2 = try #require(error)
        #expect("\(error2)".hasPrefix("cannot listen on 192.0.2.1:0: "))
    }

    @Test("an address is written as it is in a URL", arguments: [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")])
    func written(host: String, text: String) {
        #expect("\(ListenAddress(host: host, port: 80))" == text)
    }
}
