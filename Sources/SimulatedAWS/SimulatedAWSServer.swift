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
        /// How long every call takes: half of it before its effect, half between that and the answer. A caller that dies
        /// in the second half never hears what it did.
        public var latency: Duration = .zero
        /// Where others find this account, `http://HOST:PORT`; nil for where it listens.
        public var origin: String?

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
    /// - Parameter onListening: called once with where others find it: `http://127.0.0.1:PORT`.
    public func run(onListening: @escaping @Sendable (String) async -> Void) async throws {
        var logger = Logger(label: "simulated-aws")
        logger.logLevel = .critical
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await respond(to: request) },
            configuration: .init(address: .hostname(host, port: port), serverName: "simulated-aws"),
            onServerRunning: { channel in
                let origin = options.origin ?? ownOrigin(port: channel.localAddress?.port ?? 0)
                await account.setOrigin(origin)
                await onListening(origin)
            }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await account.run() }
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// An address that means all of this machine's cannot be called; loopback is one of them.
    private func ownOrigin(port: Int) -> String {
        switch host {
        case "0.0.0.0": "http://127.0.0.1:\(port)"
        case "::": "http://[::1]:\(port)"
        default: "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    private func respond(to request: Request) async throws -> Response {
        let path = request.uri.path
        if request.method == .get, path == account.authority.certificatePath {
            return response(
                WireAnswer(status: 200, contentType: "application/x-pem-file", body: account.authority.chainPEM))
        }
        let body = Array(buffer: try await request.body.collect(upTo: 4 << 20))
        if path.hasPrefix("/_sim/") {
            return response(await ControlAPI(account: account).answer(request.method.rawValue, path, body))
        }
        let target = HTTPField.Name("X-Amz-Target").flatMap { request.headers[$0] }
        let wire: WireRequest
        do throws(World.Failure) {
            if request.method == .get {
                wire = try WireRequest(link: request.uri.query ?? "")
            } else {
                wire = try WireRequest(
                    authorization: request.headers[.authorization], target: target, body: body,
                    pageCap: options.pageCap)
            }
        } catch {
            return response(WireAnswer(error, usesJSON: target != nil, requestID: "none"))
        }
        try await pause()
        let answer = await account.answer(wire)
        try await pause()
        await account.waitUntilReleased(wire.operation)
        return response(answer)
    }

    private func pause() async throws {
        if options.latency > .zero { try await ContinuousClock().sleep(for: options.latency / 2) }
    }

    private func response(_ answer: WireAnswer) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        if let name = HTTPField.Name("x-amzn-RequestId") { headers[name] = answer.requestID }
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
