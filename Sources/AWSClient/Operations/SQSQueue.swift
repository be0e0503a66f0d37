/// A queue, as its URL names it.
public struct SQSQueue: Hashable, Sendable {
    public let url: String
    /// Twelve digits.
    public let account: String
    public let name: String
    /// Scheme, host and port.
    private let origin: String

    /// nil unless it is `https://HOST/ACCOUNT/NAME`, or the same with `http`, in AWS's own characters.
    public init?(url: String) {
        let pattern =
            #/
            (?<origin> https?://([A-Za-z0-9._-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?)
            /(?<account> [0-9]{12})
            /(?<name> [A-Za-z0-9_-]{1,80}(\.fifo)?)
            /#
        guard let match = url.wholeMatch(of: pattern) else { return nil }
        self.url = url
        origin = String(match.output.origin)
        account = String(match.output.account)
        name = String(match.output.name)
    }

    public var isFIFO: Bool { name.hasSuffix(".fifo") }

    public func arn(in region: String) -> String {
        "arn:\(Endpoint.partition(of: region)):sqs:\(region):\(account):\(name)"
    }

    /// As SQS itself writes its URL in this region.
    public func canonicalURL(in region: String) -> String { "\(Self.origin(in: region))/\(account)/\(name)" }

    /// Where a client of one region finds it.
    public enum Place: Hashable, Sendable {
        /// At that client's endpoint.
        case here
        case otherRegion
        /// At a host of SQS's first years: `queue.amazonaws.com`, `us-west-2.queue.amazonaws.com`.
        case legacyHost
        case unknown
    }

    /// - Parameter environment: with an endpoint for SQS in it, that is asked for whatever queue.
    public func place(forRegion region: String, environment: [String: String]) -> Place {
        if !Endpoint.settings(for: .sqs, in: environment).isEmpty || isServed(in: region) { return .here }
        if origin.wholeMatch(of: #/https://([a-z0-9-]+\.)?queue\.amazonaws\.com(\.cn)?/#) != nil { return .legacyHost }
        let labels = origin.split(separator: ".")
        return labels.count > 1 && isServed(in: String(labels[1])) ? .otherRegion : .unknown
    }

    private func isServed(in region: String) -> Bool {
        [Self.origin(in: region), Self.origin(in: region, host: "sqs-fips")].contains(origin)
    }

    private static func origin(in region: String, host: String = "sqs") -> String {
        "https://\(host).\(region).\(Endpoint.dnsSuffix(of: region))"
    }
}
