import Hummingbird
import Logging

/// What a route knows of a request besides the request itself.
struct EndpointContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address that the connection comes from, for the log; behind a load balancer that is the load balancer's.
    let peer: String

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }
}
