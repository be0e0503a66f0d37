import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// One listening socket and its connections: what the ingress and the admin listener have in common.
///
/// A graceful shutdown refuses new connections, closes idle ones at once and lets requests in progress finish;
/// ``ConnectionLimits/exchange`` bounds how long that takes.
struct Listener {
    let address: ListenAddress
    let limits: ConnectionLimits
    let certificate: RenewableCertificate?
    let logger: Logger
    /// Called once with the address that is really listened on, its port never 0.
    let onListening: @Sendable (ListenAddress) async -> Void

    /// Serves until a graceful shutdown is over.
    ///
    /// - Throws: ``ListenError`` when it cannot begin.
    func run(_ router: Router<EndpointContext>) async throws {
        let isListening = Flag()
        let application = Application(
            router: router,
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: .maximum(limits.connections, logger: logger)),
            services: certificate.map { [$0] } ?? [],
            onServerRunning: { channel in
                isListening.raise()
                await onListening(ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
            },
            logger: logger)
        do {
            try await application.run()
        } catch  where !isListening.isRaised && !(error is CancellationError) {
            throw ListenError(error, at: address) ?? .cannotListen(address, reason: "\(error)")
        }
    }

    private var server: HTTPServerBuilder {
        let (limits, certificate) = (limits, certificate)
        return HTTPServerBuilder { responder in
            let http = HTTP1Channel(
                responder: responder, configuration: .init(additionalChannelHandlers: [RequestGuard(limits: limits)]))
            guard let certificate else { return http }
            return RenewableTLSChannel(base: http, certificate: certificate)
        }
    }
}

/// Goes up once and stays up.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }

    func raise() { value.store(true, ordering: .releasing) }
}
