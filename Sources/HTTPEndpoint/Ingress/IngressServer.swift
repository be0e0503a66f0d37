public import Logging
public import ServiceLifecycle

/// The listener that SNS posts to: `POST /sns` and `GET /healthz`.
///
/// It bounds what a sender can cost and hands each body to the ``MessageReceiver``; it knows nothing of what is
/// in it. With a certificate it speaks HTTPS only.
public struct IngressServer: Service, CustomStringConvertible {
    public struct Configuration: Sendable {
        public var address: ListenAddress
        public var certificate: RenewableCertificate?
        public var limits = ConnectionLimits()
        /// Bodies with more bytes are answered with 413. SNS sends 256 KiB at most, escaped as JSON.
        public var maximumBodyBytes = 1 << 20
        /// The most messages that are decided about at once; further ones are answered with 503.
        public var maximumInFlight = 256
        /// The most bytes of all bodies together that are kept at once, the first 16 KiB of each not counted; larger
        /// bodies beyond that are answered with 503.
        public var maximumBufferedBytes = 64 << 20

        public init(address: ListenAddress, certificate: RenewableCertificate? = nil) {
            self.address = address
            self.certificate = certificate
        }
    }

    private let configuration: Configuration
    private let listener: Listener
    private let receiver: any MessageReceiver

    /// - Parameter onListening: Called once with the address that is really listened on, its port never 0.
    public init(
        configuration: Configuration, receiver: any MessageReceiver, logger: Logger,
        onListening: @escaping @Sendable (ListenAddress) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.receiver = receiver
        listener = Listener(
            address: configuration.address, limits: configuration.limits, certificate: configuration.certificate,
            logger: logger, onListening: onListening)
    }

    public var description: String { "ingress listener \(configuration.address)" }

    /// Serves until a graceful shutdown; requests in progress are finished.
    ///
    /// - Throws: ``ListenError`` when the address cannot be listened on.
    public func run() async throws {
        let routes = Routes(hint: "POST /sns and GET /healthz are served here.")
        routes.serveHealth()
        routes.serveMessages(
            MessageRoute(
                receiver: receiver, maximumBodyBytes: configuration.maximumBodyBytes,
                inFlight: InFlightLimit(configuration.maximumInFlight),
                buffered: InFlightLimit(configuration.maximumBufferedBytes)))
        try await listener.run(routes.router)
    }
}
