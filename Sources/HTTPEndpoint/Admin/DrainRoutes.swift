import DrainModel
import HTTPTypes
import Hummingbird
import Logging

extension Routes {
    /// `GET /v1/drains` and `GET /v1/drains/{id}`; and what operators say of drains, with POST.
    func serveDrains(from source: any DrainSource, _ operations: any DrainOperator) {
        serve(
            "/v1/drains",
            [
                .get: { request, context in
                    let query = try DrainQuery(parameters: request.uri.queryParameters)
                    let page = try await readable(context) { try await source.drains(matching: query) }
                    return try .json(DrainListJSON(page))
                },
                .post: { request, _ in
                    let body = try await request.decoded(
                        DrainRequestJSON.self, example: #"{"instanceId": "i-0123456789abcdef0", "complete": false}"#)
                    return try .answer(to: await operations.drain(body.request), status: .accepted)
                },
            ])
        serve(
            "/v1/drains/{id}/cancel",
            [
                .post: { _, context in
                    let id = DrainID(try context.parameters.require("id"))
                    return try .answer(to: await operations.cancel(id))
                }
            ])
        serve(
            "/v1/drains/{id}/complete",
            [
                .post: { request, context in
                    let id = DrainID(try context.parameters.require("id"))
                    let body = try await request.decoded(CompletionJSON.self, example: #"{"result": "CONTINUE"}"#)
                    return try .answer(to: await operations.complete(id, with: body.result))
                }
            ])
        serve(
            "/v1/drains/{id}",
            [
                .get: { request, context in
                    let id = DrainID(try context.parameters.require("id"))
                    guard let drain = try await readable(context, { try await source.drain(id) }) else {
                        throw EndpointError.unknownDrain
                    }
                    return try .json(DrainJSON(drain, withHistory: true))
                }
            ])
    }
}

extension Response {
    fileprivate static func answer(
        to answer: OperatorAnswer, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        switch answer {
        case .done(let drain): return try .json(DrainJSON(drain, withHistory: true), status: status)
        case .unknown: throw EndpointError.unknownDrain
        case .decided(let drain):
            let outcome = drain.outcome ?? drain.decision?.outcome
            throw EndpointError(
                status: .conflict, code: "decided",
                message: "the drain is decided already: \(outcome?.rawValue ?? "gone")",
                hint: "GET /v1/drains/\(drain.id) tells how it came to that.")
        case .refused(let reason, let hint): throw EndpointError.badRequest("refused", reason, hint: hint)
        case .unavailable:
            throw EndpointError.unavailable(
                "store-unavailable", "whether this is recorded is not known",
                hint: "The log of draind says why; say it again, which does no harm.")
        }
    }
}

extension EndpointError {
    fileprivate static let unknownDrain = notFound(
        "no drain has this id", hint: "GET /v1/drains?state=all lists the ids of all drains.")
}

/// Reads from the source; that it cannot be read is worth a line in the log and another try.
private func readable<Value>(_ context: EndpointContext, _ read: () async throws -> Value) async throws -> Value {
    do {
        return try await read()
    } catch {
        context.logger.warning("drains cannot be read: \(error)")
        throw EndpointError.unavailable(
            "store-unavailable", "the drains cannot be read now", hint: "The log of draind says why; try again.")
    }
}
