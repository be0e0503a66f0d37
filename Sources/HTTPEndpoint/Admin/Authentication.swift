import HTTPTypes
import Hummingbird

/// Lets only those in who show the token, except to the two paths that probes ask.
struct Authentication: RouterMiddleware {
    let token: BearerToken

    func handle(
        _ request: Request, context: EndpointContext, next: (Request, EndpointContext) async throws -> Response
    ) async throws -> Response {
        let isProbe = ["/healthz", "/readyz"].contains(request.uri.path)
        guard isProbe || token.isShown(by: request.headers[.authorization]) else {
            throw EndpointError(
                status: .unauthorized, code: "unauthorized", message: "the bearer token is missing or wrong",
                hint: "Send \"Authorization: Bearer TOKEN\" with the content of the admin token file.",
                headers: [.wwwAuthenticate: "Bearer realm=\"draind\""])
        }
        return try await next(request, context)
    }
}
