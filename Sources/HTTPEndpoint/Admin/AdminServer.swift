import Hummingbird
public import Logging
public import ServiceLifecycle

/// The listener for operators and their tools: `/healthz`, `/readyz` and the API under `/v1`.
///
/// With a token, everything but the two probes needs it. Without one everyone who reaches the address is
/// answered, so it must then be one of loopback: that is for whoever makes the configuration to see to.
public struct AdminServer: Service, CustomStringConvertible {
    public struct Configuration: Sendable {
        public var address: ListenAddress
        public var token: BearerToken?
        public var limits = ConnectionLimits()

        public init(address: ListenAddress, token: BearerToken? = nil) {
            self.address = address
            self.token = token
        }
    }

    private let configuration: Configuration
    private let listener: Listener
    private let drains: any DrainSource
    private let operations: any DrainOperator
    private let readiness: @Sendable () async -> Readiness

    /// - Parameters:
    ///   - readiness: Asked at each `GET /readyz`.
    ///   - onListening: Called once with the address that is really listened on, its port never 0.
    public init(
        configuration: Configuration, drains: any DrainSource, operations: any DrainOperator,
        readiness: @escaping @Sendable () async -> Readiness, logger: Logger,
        onListening: @escaping @Sendable (ListenAddress) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.drains = drains
        self.operations = operations
        self.readiness = readiness
        listener = Listener(
            address: configuration.address, limits: configuration.limits, certificate: nil, logger: logger,
            onListening: onListening)
    }

    public var description: String { "admin listener \(configuration.address)" }

    /// Serves until a graceful shutdown; requests in progress are finished.
    ///
    /// - Throws: ``ListenError`` when the address cannot be listened on.
    public func run() async throws {
        let routes = Routes(hint: "GET /healthz, /readyz, /v1/drains and /v1/drains/{id} are served here.")
        if let token = configuration.token { routes.router.add(middleware: Authentication(token: token)) }
        routes.router.add(middleware: NoForeignPages(hasToken: configuration.token != nil))
        routes.serveHealth()
        routes.serveReadiness(readiness)
        routes.serveDrains(from: drains, operations)
        try await listener.run(routes.router)
    }
}
