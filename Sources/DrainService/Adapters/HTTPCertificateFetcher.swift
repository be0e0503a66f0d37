public import HTTPTransport
public import SNSIntake

/// Fetches signing certificates over verified TLS; redirects are never followed.
public struct HTTPCertificateFetcher: CertificateFetcher {
    private let http: any HTTPClient

    public init(http: any HTTPClient) { self.http = http }

    /// Within five seconds: SNS gives the whole exchange fifteen, and a subscription's confirmation needs its share.
    public func fetch(_ url: SigningCertificateURL) async throws -> [UInt8] {
        let response = try await http.send(
            HTTPRequest(
                method: "GET", url: url.description, timeout: .seconds(5), connectTimeout: .seconds(4),
                maximumResponseBytes: 64 << 10))
        guard response.status == 200 else { throw UnexpectedStatus(status: response.status) }
        return response.body
    }

    private struct UnexpectedStatus: Error {
        let status: Int
    }
}
