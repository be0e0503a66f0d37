/// A URL from which a signing certificate may be fetched. Its only maker checks it, so that nothing else is fetched.
///
/// The whole URL must *equal* `https://HOST/SimpleNotificationService-HEX.pem` with the SNS host of the topic's region.
/// A pattern would not do: `sns.*.amazonaws.com` also fits hosts on which anyone can put a file.
public struct SigningCertificateURL: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ url: String, on host: String, developmentOrigin: String?) throws(SNSRefusal) {
        let origins = ["https://\(host)"] + (developmentOrigin.map { [$0] } ?? [])
        guard let origin = origins.first(where: { url.hasPrefix("\($0)/") }),
            Self.isCertificatePath(url.dropFirst(origin.count))
        else {
            // Somebody tries draind out on a simulated AWS, or pretends to.
            let isOnLoopback = ["127.0.0.1", "localhost", "[::1]"].contains { url.hasPrefix("http://\($0):") }
            let hint = isOnLoopback ? " (for a simulated AWS, give draind --sns-certificate-origin)" : ""
            throw SNSRefusal(.forbidden, "certificate URL not allowed: \(url.prefix(200).debugDescription)\(hint)")
        }
        description = url
    }

    private static func isCertificatePath(_ path: Substring) -> Bool {
        guard path.hasPrefix("/SimpleNotificationService-"), path.hasSuffix(".pem") else { return false }
        let name = path.dropFirst("/SimpleNotificationService-".count).dropLast(".pem".count)
        return (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { $0.isLowercaseLetter || $0.isDigit }
    }
}
