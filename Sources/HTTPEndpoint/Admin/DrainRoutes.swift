import DrainModel
import Hummingbird
import Logging

extension Routes {
    /// `GET /v1/drains` and `GET /v1/drains/{id}`.
    func serveDrains(from source: any DrainSource) {
        serve(
            "/v1/drains",
            [
                .get: { request, context in
                    let query = try DrainQuery(parameters: request.uri.queryParameters)
                    let page = try await readable(context) { try await source.drains(matching: query) }
                    return try .json(DrainListJSON(page))
                }
            ])
        serve(
            "/v1/drains/{id}",
            [
                .get: { request, context in
                    let id = DrainID(try context.parameters.require("id"))
                    guard let drain = try await readable(context, { try await source.drain(id) }) else {
                        throw EndpointError.notFound(
                            "no drain has this id", hint: "GET /v1/drains?state=all lists the ids of all drains.")
                    }
                    return try .json(DrainJSON(drain, withHistory: true))
                }
            ])
    }
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
