/// What one connection, and all of them together, may take from a listener.
///
/// A client that keeps to none of these costs a bounded amount of memory for a bounded time, and a graceful
/// shutdown is over ``exchange`` and ``linger`` after it began, at the latest.
public struct ConnectionLimits: Hashable, Sendable {
    /// The most connections open at once, give or take those accepted in one go; further ones wait in the
    /// kernel's queue.
    public var connections = 1024
    /// How long a connection may stay open without a request in progress.
    public var idle: Duration = .seconds(30)
    /// From a request's head to the last byte of its body; also from the opening of a connection to its first
    /// head, the TLS handshake included.
    public var reading: Duration = .seconds(10)
    /// From a request's head to the last byte of the answer leaving us. SNS itself waits 15 s for an answer.
    /// https://docs.aws.amazon.com/sns/latest/dg/sns-prepare-server-for-http-https.html
    public var exchange: Duration = .seconds(15)
    /// How long what a client still sends is thrown away after a request was answered before its end. Closing
    /// at once would reset the connection, and the client might never see the answer.
    public var linger: Duration = .seconds(2)
    /// The most bytes that are thrown away so.
    public var lingerBytes = 4 << 20

    public init() {}
}
