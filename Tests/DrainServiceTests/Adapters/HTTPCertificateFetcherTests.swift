import HTTPTransport
import Synchronization
import Testing

@testable import DrainService
@testable import SNSIntake

@Suite("A signing certificate is fetched")
struct HTTPCertificateFetcherTests {
    private static let address = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"

    private func fetch(_ http: OneAnswer) async throws -> [UInt8] {
        let url = try SigningCertificateURL(
            Self.address, on: "sns.eu-west-1.amazonaws.com", developmentOrigin: nil)
        return try await HTTPCertificateFetcher(http: http).fetch(url)
    }

    @Test("from its URL")
    func found() async throws {
        let http = OneAnswer(200)
        #expect(try await fetch(http) == Array("body".utf8))
        #expect(http.requests.map(\.url) == [Self.address])
    }

    @Test("only with status 200: what comes with another is no certificate", arguments: [204, 302, 403, 404, 500])
    func otherStatus(status: Int) async {
        await #expect(throws: (any Error).self) { try await fetch(OneAnswer(status)) }
    }

    @Test("with the limits that its port asks for: 64 KiB, a few seconds")
    func limits() async throws {
        let http = OneAnswer(200)
        _ = try await fetch(http)
        #expect(http.requests.map(\.maximumResponseBytes) == [64 << 10])
        #expect(http.requests.map(\.timeout) == [.seconds(5)])
    }
}

private final class OneAnswer: HTTPClient {
    private let status: Int
    private let sent = Mutex<[HTTPRequest]>([])

    init(_ status: Int) { self.status = status }

    var requests: [HTTPRequest] { sent.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        sent.withLock { $0.append(request) }
        return HTTPResponse(status: status, headers: [], body: Array("body".utf8))
    }
}
