/// Sends one HTTP request and gives the whole answer. Redirects are answers like any other; they are never followed.
public protocol HTTPClient: Sendable {
    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
}

public struct HTTPRequest: Sendable {
    public var method: String
    /// `http` or `https`; anything else is refused.
    public var url: String
    /// In the order they are to be sent. `Host` is taken from the URL unless it is given.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// From the start to the last byte of the answer.
    public var timeout: Duration
    public var connectTimeout: Duration
    /// An answer with a longer body fails with ``HTTPTransportError/Reason/responseTooLarge``.
    public var maximumResponseBytes: Int
    /// Whether the environment's `http_proxy`, `https_proxy` and `no_proxy` are obeyed. Never for credentials that the
    /// machine itself serves.
    public var usesProxy: Bool

    public init(
        method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(5),
        maximumResponseBytes: Int = 16 << 20, usesProxy: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maximumResponseBytes = maximumResponseBytes
        self.usesProxy = usesProxy
    }
}

public struct HTTPResponse: Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, in whatever case.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Why there is no answer.
public struct HTTPTransportError: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: Reason
    /// libcurl's words, for people.
    public let detail: String
    /// Whether the other side may have received the request, and so acted on it.
    public let mayHaveBeenReceived: Bool

    public enum Reason: Hashable, Sendable {
        case timedOut, couldNotConnect, tls, responseTooLarge, cancelled, shutDown, invalidRequest, interrupted
    }

    /// - Parameter mayHaveBeenReceived: nil when only the reason is known.
    public init(_ reason: Reason, _ detail: String, mayHaveBeenReceived: Bool? = nil) {
        self.reason = reason
        self.detail = detail
        self.mayHaveBeenReceived = mayHaveBeenReceived ?? reason.leavesItOpen
    }

    public var description: String { detail }
}

extension HTTPTransportError.Reason {
    /// Whether by this reason alone the request may have been received.
    fileprivate var leavesItOpen: Bool {
        switch self {
        case .timedOut, .responseTooLarge, .cancelled, .shutDown, .interrupted: true
        case .couldNotConnect, .tls, .invalidRequest: false
        }
    }
}
