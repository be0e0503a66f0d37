import HTTPEndpoint
import Testing

@testable import DrainService

@Suite("An address to listen on")
struct ListenAddressTests {
    @Test(
        "is a host and a port, IPv6 in brackets",
        arguments: [
            ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0),
            ("draind.internal:65535", "draind.internal", 65535),
        ])
    func reads(text: String, host: String, port: Int) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(
        "is nothing else", arguments: ["", ":80", "a", "a:", "a:+80", "a:-1", "a:65536", "::1:80", "[]:80", "a b:80"])
    func refuses(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(
        "is on loopback when nobody outside can connect",
        arguments: [
            ("127.0.0.1", true), ("127.8.9.10", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
            ("::", false), ("127.example.com", false), ("127.0.0.1.example.com", false), ("10.0.0.1", false),
        ])
    func loopback(host: String, isLoopback: Bool) {
        #expect(ListenAddress(host: host, port: 80).isLoopback == isLoopback)
    }
}
