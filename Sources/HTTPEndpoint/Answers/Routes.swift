import HTTPTypes
import Hummingbird

/// The requests that a listener answers; every other path is answered with 404, every other method with 405.
struct Routes {
    typealias Handler = @Sendable (Request, EndpointContext) async throws -> Response

    let router = Router(context: EndpointContext.self, options: .autoGenerateHeadEndpoints)

    /// - Parameter paths: What is served, in words, for the hint of a 404.
    init(hint paths: String) { router.add(middleware: UnknownPath(hint: paths)) }

    /// Serves `handlers` at `path`.
    func serve(_ path: RouterPath, _ handlers: [HTTPRequest.Method: Handler]) {
        for (method, handler) in handlers { router.on(path, method: method, use: handler) }
        let allowed = handlers.keys.map(\.rawValue).sorted().joined(separator: ", ")
        for method in Self.methods where handlers[method] == nil {
            if method == .head, handlers[.get] != nil { continue }
            router.on(path, method: method) { _, _ -> Response in
                throw EndpointError(
                    status: .methodNotAllowed, code: "method-not-allowed",
                    message: "\(path) does not answer \(method.rawValue)", hint: "Allowed: \(allowed).",
                    headers: [.allow: allowed])
            }
        }
    }

    private static let methods: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
    ]
}

/// Gives the framework's 404 the shape of the contract.
private struct UnknownPath: RouterMiddleware {
    let hint: String

    func handle(
        _ request: Request, context: EndpointContext, next: (Request, EndpointContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            throw EndpointError.notFound("nothing is served at this path", hint: hint)
        }
    }
}
