import HTTPTypes
import Hummingbird

/// Keeps web pages from giving orders: a browser on the machine of an operator reaches the loopback address, too.
///
/// A browser says in `Origin` which page sends a POST; other clients send none. A page from elsewhere is refused, and
/// where no token is asked for, also one whose host name was made to point here (DNS rebinding).
/// Source: Fetch standard, "Origin header"; RFC 6454.
struct NoForeignPages: RouterMiddleware {
    let hasToken: Bool

    func handle(
        _ request: Request, context: EndpointContext, next: (Request, EndpointContext) async throws -> Response
    ) async throws -> Response {
        let isRead = request.method == .get || request.method == .head
        guard isRead || !isForeign(request) else {
            throw EndpointError(
                status: .forbidden, code: "foreign-origin", message: "a web page from elsewhere may not do this",
                hint: "Use drainctl or curl, without an Origin header.")
        }
        return try await next(request, context)
    }

    private func isForeign(_ request: Request) -> Bool {
        guard let origin = request.headers[.origin] else { return false }
        guard let authority = request.head.authority,
            origin == "http://\(authority)" || origin == "https://\(authority)"
        else { return true }
        return !hasToken && !Self.isLoopback(authority)
    }

    private static func isLoopback(_ authority: String) -> Bool {
        let host = authority.hasSuffix("]") ? authority : String(authority.prefix { $0 != ":" })
        return host == "localhost" || host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }
            || authority.hasPrefix("[::1]")
    }
}
