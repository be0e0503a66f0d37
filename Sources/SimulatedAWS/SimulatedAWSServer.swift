import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import SimulatedWorld

/// A simulated AWS account on a socket, for draind, boto3, the AWS CLI, or anyone's client: point `AWS_ENDPOINT_URL` at
/// it. Any credentials will do; signatures are not checked.
public struct SimulatedAWSServer: Sendable {
    public let account: SimulatedAccount
    private let host: String
    private let port: Int
    private let options: Options

    public struct Options: Sendable {
        /// Pages of lists hold at most so many entries; nil for AWS's own sizes.
        public var pageCap: Int?
        /// How long every answer is held back.
        public var latency: Duration = .zero

        public init() {}
    }

    /// - Parameter port: 0 for any that is free.
    public init(_ account: SimulatedAccount, host: String = "127.0.0.1", port: Int = 0, options: Options = Options()) {
        self.account = account
        self.host = host
        self.port = port
        self.options = options
    }

    /// Serves until cancelled.
    ///
    /// - Parameter onListening: called once with the port.
    public func run(onListening: @escaping @Sendable (Int) async -> Void) async throws {
        var logger = Logger(label: "simulated-aws")
        logger.logLevel = .critical
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await respond(to: request) },
            configuration: .init(address: .hostname(host, port: port), serverName: "simulated-aws"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                await account.setOrigin("http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
                await onListening(port)
            }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await account.run() }
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func respond(to request: Request) async throws -> Response {
        let path = request.uri.path
        if request.method == .get, path == SNSEnvelope.certificatePath {
            return response(
                WireAnswer(status: 200, contentType: "application/x-pem-file", body: await account.certificate))
        }
        let body = Array(buffer: try await request.body.collect(upTo: 4 << 20))
        if path.hasPrefix("/_sim/") {
            return response(await ControlAPI(account: account).answer(request.method.rawValue, path, body))
        }
        if options.latency > .zero { try await ContinuousClock().sleep(for: options.latency) }
        let target = HTTPField.Name("X-Amz-Target").flatMap { request.headers[$0] }
        do throws(World.Failure) {
            let wire = try WireRequest(
                authorization: request.headers[.authorization], target: target, body: body, pageCap: options.pageCap)
            return response(await account.answer(wire))
        } catch {
            return response(WireAnswer(error, usesJSON: target != nil, requestID: "none"))
        }
    }

    private func response(_ answer: WireAnswer) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
