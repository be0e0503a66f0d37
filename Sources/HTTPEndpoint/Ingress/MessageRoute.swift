import HTTPTypes
import Hummingbird
import Logging
import NIOCore

extension Routes {
    /// `POST /sns`.
    func serveMessages(_ route: MessageRoute) {
        serve("/sns", [.post: { request, context in try await route.answer(request, context) }])
    }
}

/// Takes in the body of a message, within limits, and hands it to the receiver.
struct MessageRoute: Sendable {
    let receiver: any MessageReceiver
    let maximumBodyBytes: Int
    /// Messages that are being decided about. One whose body is still on its way is none: clients that send slowly
    /// would shut everybody else out.
    let inFlight: InFlightLimit
    /// Bytes of bodies, beyond ``uncountedBytes`` of each.
    let buffered: InFlightLimit

    /// More than a hook has, even with the longest metadata. So large bodies can use up one another's memory, and never
    /// keep a hook out; what is not counted is bounded by the number of connections.
    private static let uncountedBytes = 16 << 10

    func answer(_ request: Request, _ context: EndpointContext) async throws -> Response {
        var counted = 0
        defer { buffered.leave(counted) }
        let body = try await readBody(of: request, context, counting: &counted)
        if case .refused(let isNews) = inFlight.enter() { throw tooMany("messages", isNews, context) }
        defer { inFlight.leave() }
        let receipt = await receiver.receive(
            ReceivedMessage(
                body: [UInt8](buffer: body), messageType: request.headers[.snsMessageType],
                isRawDelivery: request.headers[.snsRawDelivery]?.lowercased() == "true", peer: context.peer))
        return try answer(to: receipt)
    }

    /// - Parameter counted: what it has taken of ``buffered``, also when it throws.
    private func readBody(
        of request: Request, _ context: EndpointContext, counting counted: inout Int
    ) async throws -> ByteBuffer {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > maximumBodyBytes {
            throw tooLarge(context)
        }
        var body = ByteBuffer()
        for try await part in request.body {
            body.writeImmutableBuffer(part)
            guard body.readableBytes <= maximumBodyBytes else { throw tooLarge(context) }
            let more = max(0, body.readableBytes - Self.uncountedBytes) - counted
            if case .refused(let isNews) = buffered.enter(more) { throw tooMany("large messages", isNews, context) }
            counted += more
        }
        return body
    }

    private func answer(to receipt: Receipt) throws -> Response {
        switch receipt {
        case .accepted: return try .json(["status": "accepted"])
        case .unreadable: throw EndpointError.badRequest("unreadable", "not an SNS message", hint: Self.seeLog)
        case .refused:
            throw EndpointError(status: .forbidden, code: "refused", message: "refused", hint: Self.seeLog)
        case .unavailable: throw EndpointError.unavailable("unavailable", "not accepted now", hint: "Try again.")
        }
    }

    private func tooLarge(_ context: EndpointContext) -> EndpointError {
        context.logger.warning(
            "message refused: it has more than \(maximumBodyBytes) bytes", metadata: ["peer": "\(context.peer)"])
        return EndpointError(
            status: .contentTooLarge, code: "too-large", message: "the body is over \(maximumBodyBytes) bytes",
            hint: "SNS sends no message of this size.")
    }

    private func tooMany(_ what: String, _ isNews: Bool, _ context: EndpointContext) -> EndpointError {
        // Once for each time the limit is reached: under a flood, a line for every request would be another one.
        if isNews { context.logger.warning("too many \(what) at once: answering 503") }
        return .unavailable("too-many-requests", "too many requests in flight", hint: "Try again.")
    }

    /// A sender learns nothing from a refusal that would help to forge the next message.
    private static let seeLog = "The log of draind says why."
}

extension HTTPField.Name {
    fileprivate static let snsMessageType = parsed("x-amz-sns-message-type")
    fileprivate static let snsRawDelivery = parsed("x-amz-sns-rawdelivery")

    private static func parsed(_ name: String) -> Self {
        guard let parsed = Self(name) else { preconditionFailure("not a header name: \(name)") }
        return parsed
    }
}
