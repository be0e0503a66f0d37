import HTTPTypes
import Hummingbird

/// An answer that is no success, in the shape of the contract:
/// `{"error": {"code": "…", "message": "…", "hint": "…"}}`.
struct EndpointError: Error {
    let status: HTTPResponse.Status
    /// Stable, for programs.
    let code: String
    /// What is wrong, for people.
    let message: String
    /// What to do about it.
    let hint: String
    var headers: HTTPFields = [:]
}

extension EndpointError: HTTPResponseError {
    func response(from request: Request, context: some RequestContext) throws -> Response {
        try .json(Body(error: .init(code: code, message: message, hint: hint)), status: status, headers: headers)
    }

    private struct Body: Encodable {
        let error: Detail

        struct Detail: Encodable {
            let code: String
            let message: String
            let hint: String
        }
    }
}

extension EndpointError {
    static func badRequest(_ code: String, _ message: String, hint: String) -> Self {
        Self(status: .badRequest, code: code, message: message, hint: hint)
    }

    static func notFound(_ message: String, hint: String) -> Self {
        Self(status: .notFound, code: "not-found", message: message, hint: hint)
    }

    /// Another try could succeed, after some seconds.
    static func unavailable(_ code: String, _ message: String, hint: String) -> Self {
        Self(
            status: .serviceUnavailable, code: code, message: message, hint: hint, headers: [.retryAfter: "5"])
    }
}
