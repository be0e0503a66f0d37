import FoundationEssentials
import HTTPTransport
import Synchronization
import Testing

@testable import AWSClient

@Suite("A call to AWS with limits of its own", .timeLimit(.minutes(1)))
struct CallLimitsTests {
    private static let keys = [
        "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s", "HOME": "/nonexistent",
    ]
    private static let throttled = ScriptedHTTP.Turn.answer(400, #"{"__type":"ThrottlingException"}"#)
    private static let denied = ScriptedHTTP.Turn.answer(400, #"{"__type":"AccessDeniedException"}"#)

    private func caller(
        _ http: any HTTPClient, sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in }
    ) throws -> SigningCaller {
        try SigningCaller.fromEnvironment(Self.keys, http: http, surroundings: .init(sleep: sleep))
    }

    /// The error of one operation.
    private func failure(_ caller: any AWSCaller) async throws -> AWSError {
        do {
            _ = try await STS(caller).getCallerIdentity()
        } catch {
            return error
        }
        throw Unexpected()
    }

    private struct Unexpected: Error {}

    @Test("is sent as often as they say, whatever the environment says", arguments: [1, 2, 5])
    func attempts(count: Int) async throws {
        let http = ScriptedHTTP(Array(repeating: .fail(.couldNotConnect), count: 9))
        _ = try await failure(try caller(http).with(attempts: count))
        #expect(http.requests.count == count)
    }

    @Test("obeys the limit given last, and keeps the others")
    func combined() async throws {
        let scripted = ScriptedCaller("")
        _ = try await failure(scripted.with(attempts: 1, timeLimit: .seconds(9)).with(timeLimit: .seconds(5)))
        #expect(scripted.requests.first?.attempts == 1)
        #expect(scripted.requests.first?.timeLimit == .seconds(5))
    }

    @Test("ends at its time limit although AWS is silent")
    func silentAWS() async throws {
        let http = SilentHTTP()
        let caller = try caller(http) { _ in await http.asked() }
        let error = try await failure(caller.with(timeLimit: .seconds(3)))
        #expect(error.reason == .unreachable("none within 3.0 seconds"))
        #expect(error.mayHaveBeenReceived)
    }

    @Test("ends at its time limit although the credentials' source is silent")
    func silentSource() async throws {
        let source = SilentSource()
        let caller = SigningCaller(
            region: "eu-west-1", environment: [:], provider: source, http: ScriptedHTTP([]), retries: RetryPolicy(),
            surroundings: .init(sleep: { _ in await source.silence.asked() }))
        let error = try await failure(caller.with(timeLimit: .seconds(3)))
        #expect(error.reason == .noCredentials("they were still being fetched"))
        #expect(!error.mayHaveBeenReceived)
    }

    @Test("at its time limit in a pause tells what the pause was for")
    func limitInPause() async throws {
        let limit = Duration.seconds(3)
        let pausing = Silence()
        let caller = try caller(ScriptedHTTP([Self.throttled])) { duration in
            if duration == limit { return await pausing.asked() }
            await pausing.keep()
            throw CancellationError()
        }
        #expect(try await failure(caller.with(timeLimit: limit)).isThrottling)
    }

    @Test(
        "may have been received unless every attempt was refused or never arrived",
        arguments: [
            ([denied], false), ([.fail(.couldNotConnect), denied], false), ([throttled, throttled, throttled], false),
            ([.answer(503, #"{"__type":"SlowDown"}"#), denied], false), ([.fail(.timedOut), denied], true),
            ([.fail(.interrupted), throttled, denied], true), ([.answer(500, ""), denied], true),
            (Array(repeating: .fail(.couldNotConnect), count: 3), false),
            (Array(repeating: .fail(.tls), count: 3), false), ([.answer(200, "no XML")], true),
        ] as [([ScriptedHTTP.Turn], Bool)])
    func mayHaveBeenReceived(turns: [ScriptedHTTP.Turn], isPossible: Bool) async throws {
        let error = try await failure(caller(ScriptedHTTP(turns)))
        #expect(error.mayHaveBeenReceived == isPossible, "\(error)")
    }

    @Test(
        "tells a refusal because of too many requests from every other",
        arguments: [
            (400, "ThrottlingException", true), (400, "Throttling", true), (503, "RequestLimitExceeded", true),
            (429, "", true), (400, "ValidationError", false), (503, "ServiceUnavailable", false),
        ])
    func throttling(status: Int, code: String, isThrottling: Bool) async throws {
        let http = ScriptedHTTP([.answer(status, #"{"__type":"\#(code)"}"#)])
        #expect(try await failure(caller(http).with(attempts: 1)).isThrottling == isThrottling)
    }
}

/// Keeps whoever comes until they are cancelled.
private final class Silence: Sendable {
    private let arrivals = AsyncStream.makeStream(of: Void.self)
    private let never = AsyncStream.makeStream(of: Void.self)

    func keep() async {
        arrivals.continuation.yield()
        for await _ in never.stream {}
    }

    /// Returns once somebody is kept.
    func asked() async { await arrivals.stream.first { true } }
}

private struct SilentHTTP: HTTPClient {
    private let silence = Silence()

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        await silence.keep()
        throw HTTPTransportError(.cancelled, "cancelled")
    }

    func asked() async { await silence.asked() }
}

private struct SilentSource: CredentialProvider {
    let silence = Silence()

    func credentials() async throws(CredentialError) -> AWSCredentials? {
        await silence.keep()
        return nil
    }
}
