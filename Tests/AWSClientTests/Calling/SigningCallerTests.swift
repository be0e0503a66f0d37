import FoundationEssentials
import HTTPTransport
import Synchronization
import Testing

@testable import AWSClient

@Suite("A call to AWS")
struct SigningCallerTests {
    private let request = AWSRequest(
        service: .ecs, operation: "ListTasks", contentType: "application/x-amz-json-1.1",
        headers: ["X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListTasks"], body: Array("{}".utf8))
    private let keys = [
        "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent",
    ]

    private final class Notes: Sendable {
        let delays = Mutex<[Duration]>([])
        let attempts = Mutex<[AWSAttempt.Outcome]>([])
    }

    private func caller(
        _ http: ScriptedHTTP, _ environment: [String: String] = [:], notes: Notes = Notes(), random: Double = 0.5
    ) throws -> SigningCaller {
        try SigningCaller.fromEnvironment(
            keys.merging(environment) { _, new in new }, http: http,
            surroundings: .init(
                now: { Date(timeIntervalSince1970: 1_440_938_160) },
                sleep: { delay in notes.delays.withLock { $0.append(delay) } },
                random: { random },
                observe: { attempt in notes.attempts.withLock { $0.append(attempt.outcome) } }))
    }

    private func refusal(_ error: any Error) -> String? {
        if case .refused(let code, _, _, _) = (error as? AWSError)?.reason { code } else { nil }
    }

    @Test("goes signed to the service's endpoint of the region")
    func signed() async throws {
        let http = ScriptedHTTP([.answer(200, "{}")])
        #expect(try await caller(http).call(request) == Array("{}".utf8))
        let sent = try #require(http.requests.first)
        #expect(sent.url == "https://ecs.eu-west-1.amazonaws.com/")
        #expect(sent.header("Host") == "ecs.eu-west-1.amazonaws.com")
        #expect(sent.header("X-Amz-Date") == "20150830T123600Z")
        #expect(
            sent.header("Authorization")?.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKID/20150830/eu-west-1/ecs/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
            ) == true)
    }

    @Test(
        "goes where the environment says",
        arguments: [
            (["AWS_ENDPOINT_URL": "http://127.0.0.1:5000/"], "http://127.0.0.1:5000/"),
            (["AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_ECS": "http://b:2"], "http://b:2/"),
            (
                ["AWS_ENDPOINT_URL": "http://a:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"],
                "https://ecs.eu-west-1.amazonaws.com/"
            ),
        ])
    func endpoints(environment: [String: String], url: String) async throws {
        let http = ScriptedHTTP([.answer(200, "{}")])
        _ = try await caller(http, environment).call(request)
        #expect(http.requests.first?.url == url)
    }

    @Test("that is refused holds the whole answer, for what an operation tells in it")
    func refusalBody() async throws {
        let body = #"{"__type":"TransactionCanceledException","CancellationReasons":[{"Code":"None"}]}"#
        let caller = try caller(ScriptedHTTP([.answer(400, body)]))
        let error = await #expect(throws: AWSError.self) { try await caller.call(request) }
        #expect(error?.body == Array(body.utf8))
    }

    @Test("is tried again after a fault that passes, with growing, jittered pauses")
    func retries() async throws {
        let http = ScriptedHTTP([
            .answer(500, ""), .answer(400, #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#),
            .answer(200, "{}"),
        ])
        let notes = Notes()
        _ = try await caller(http, notes: notes).call(request)
        #expect(notes.delays.withLock { $0 } == [.milliseconds(500), .milliseconds(1000)])
        #expect(notes.attempts.withLock { $0 } == [.refused(code: "HTTP500"), .throttled, .succeeded])
    }

    @Test(
        "is given up after three attempts, or as many as AWS_MAX_ATTEMPTS says",
        arguments: [(nil, 3), ("1", 1), ("5", 5)])
    func givesUp(setting: String?, attempts: Int) async throws {
        let http = ScriptedHTTP(Array(repeating: .fail(.couldNotConnect), count: 9))
        let caller = try caller(http, setting.map { ["AWS_MAX_ATTEMPTS": $0] } ?? [:])
        await #expect(throws: AWSError.self) { try await caller.call(request) }
        #expect(http.requests.count == attempts)
    }

    @Test("that AWS refuses for good is not repeated")
    func finalRefusal() async throws {
        let http = ScriptedHTTP([.answer(400, #"{"__type":"com.amazonaws#AccessDeniedException","message":"no"}"#)])
        let caller = try caller(http)
        let error = await #expect(throws: AWSError.self) { try await caller.call(request) }
        #expect(error.flatMap(refusal) == "AccessDeniedException")
        #expect(http.requests.count == 1)
    }

    @Test(
        "learns AWS's time when ours is off, by whichever name AWS says so, and signs with it from then on",
        arguments: [
            #"{"__type":"InvalidSignatureException","message":"Signature expired: 20150830T123600Z is now earlier"}"#,
            "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired</Message></Error></ErrorResponse>",
            "<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>",
            #"{"__type":"RequestTimeTooSkewed"}"#, #"{"__type":"RequestExpired"}"#, #"{"__type":"RequestInTheFuture"}"#,
        ])
    func clockSkew(body: String) async throws {
        let http = ScriptedHTTP([
            .answer(403, body, [("Date", "Sun, 30 Aug 2015 13:36:00 GMT")]), .answer(200, "{}"), .answer(200, "{}"),
        ])
        let caller = try caller(http)
        _ = try await caller.call(request)
        _ = try await caller.call(request)
        #expect(
            http.requests.map { $0.header("X-Amz-Date") } == [
                "20150830T123600Z", "20150830T133600Z", "20150830T133600Z",
            ])
    }

    @Test(
        "whose signature is wrong at the right time is final, as one is that AWS refuses again at its own time",
        arguments: [(nil, 1), ("Sun, 30 Aug 2015 12:40:00 GMT", 1), ("Sun, 30 Aug 2015 13:36:00 GMT", 2)])
    func wrongSignature(date: String?, attempts: Int) async throws {
        let headers = date.map { [(name: "Date", value: $0)] } ?? []
        let refusal = ScriptedHTTP.Turn.answer(403, #"{"__type":"InvalidSignatureException"}"#, headers)
        let http = ScriptedHTTP(Array(repeating: refusal, count: 9))
        let caller = try caller(http)
        await #expect(throws: AWSError.self) { try await caller.call(request) }
        #expect(http.requests.count == attempts)
    }

    @Test("without credentials says where they were looked for")
    func noCredentials() async throws {
        let http = ScriptedHTTP([])
        let caller = try caller(http, ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""])
        let error = await #expect(throws: AWSError.self) { try await caller.call(request) }
        #expect(error?.description.contains("looked in the environment") == true)
    }

    @Test("shares one retry quota with all others, so that an outage starts no storm")
    func quota() async throws {
        let http = ScriptedHTTP(Array(repeating: .answer(503, ""), count: 1000))
        let caller = try caller(http)
        for _ in 0..<100 { _ = try? await caller.call(request) }
        // 500 tokens pay for 100 retries at 5 each: 100 first attempts and these.
        #expect(http.requests.count == 200)
    }

    @Test(
        "cannot be made to a URL of another kind, and the error names the variable",
        arguments: [
            ("AWS_ENDPOINT_URL", "localhost:4566"), ("AWS_ENDPOINT_URL", "ftp://a"), ("AWS_ENDPOINT_URL", "https://"),
            ("AWS_ENDPOINT_URL_ECS", "127.0.0.1:80"), ("AWS_ENDPOINT_URL_AUTO_SCALING", "/x"),
        ])
    func wrongURL(variable: String, url: String) {
        let error = #expect(throws: SigningCaller.ConfigurationError.self) {
            try caller(ScriptedHTTP([]), [variable: url])
        }
        #expect(error?.description == "\(variable) is no http:// or https:// URL: \(url.debugDescription)")
    }

    @Test("cannot be made without a region, and the error says how to set it")
    func noRegion() {
        #expect(throws: SigningCaller.ConfigurationError.self) {
            try SigningCaller.fromEnvironment(["HOME": "/nonexistent"], http: ScriptedHTTP([]))
        }
    }
}
