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
    let inFlight: InFlightLimit

    func answer(_ request: Request, _ context: EndpointContext) async throws -> Response {
        // Counted before the body is read: bodies are what takes memory.
        if case .refused(let isNews) = inFlight.enter() { throw tooMany(isNews, context) }
        defer { inFlight.leave() }
        let body = try await readBody(of: request, context)
        let receipt = await receiver.receive(
            ReceivedMessage(
                body: [UInt8](buffer: body), messageType: request.headers[.snsMessageType],
                topicARN: request.headers[.snsTopicARN],
                isRawDelivery: request.headers[.snsRawDelivery]?.lowercased() == "true",
                contentType: request.headers[.contentType], peer: context.peer))
        return try answer(to: receipt)
    }

    private func readBody(of request: Request, _ context: EndpointContext) async throws -> ByteBuffer {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > maximumBodyBytes {
            throw tooLarge(context)
        }
        do {
            return try await request.body.collect(upTo: maximumBodyBytes)
        } catch is NIOTooManyBytesError {
            throw tooLarge(context)
        }
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

    private func tooMany(_ isNews: Bool, _ context: EndpointContext) -> EndpointError {
        // Once for each time the limit is reached: under a flood, a line for every request would be another one.
        if isNews { context.logger.warning("too many messages at once: answering 503") }
        return .unavailable("too-many-requests", "too many requests in flight", hint: "Try again.")
    }

    /// A sender learns nothing from a refusal that would help to forge the next message.
    private static let seeLog = "The log of draind says why."
}

extension HTTPField.Name {
    fileprivate static let snsMessageType = parsed("x-amz-sns-message-type")
    fileprivate static let snsTopicARN = parsed("x-amz-sns-topic-arn")
    fileprivate static let snsRawDelivery = parsed("x-amz-sns-rawdelivery")

    private static func parsed(_ name: String) -> Self {
        guard let parsed = Self(name) else { preconditionFailure("not a header name: \(name)") }
        return parsed
    }
}
