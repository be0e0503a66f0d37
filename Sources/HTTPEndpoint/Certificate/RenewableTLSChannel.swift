import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// Puts TLS in front of a connection, with the certificate that is current when it is opened.
struct RenewableTLSChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let certificate: RenewableCertificate

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificate.context))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
