public import FoundationEssentials
import HTTPTransport
import Synchronization

/// Calls AWS: finds the endpoint, signs, sends, and tries again what may succeed.
public final class SigningCaller: AWSCaller {
    public let region: String
    private let endpoints: [AWSService: Endpoint]
    private let credentials: CachedCredentials
    private let http: any HTTPClient
    private let retries: RetryPolicy
    private let surroundings: Surroundings
    private let state = Mutex(State())

    private struct State: Sendable {
        var quota = RetryQuota()
        /// How far AWS's clock is ahead of ours, as far as it told us.
        var clockOffset: TimeInterval = 0
    }

    /// Time, chance and waiting, as inputs.
    public struct Surroundings: Sendable {
        public var now: @Sendable () -> Date
        public var sleep: @Sendable (Duration) async throws -> Void
        /// From 0 up to 1.
        public var random: @Sendable () -> Double
        /// Told of each attempt, for counting and measuring.
        public var observe: @Sendable (AWSAttempt) -> Void

        public init(
            now: @escaping @Sendable () -> Date = { Date() },
            sleep: @escaping @Sendable (Duration) async throws -> Void = { try await ContinuousClock().sleep(for: $0) },
            random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
            observe: @escaping @Sendable (AWSAttempt) -> Void = { _ in }
        ) {
            self.now = now
            self.sleep = sleep
            self.random = random
            self.observe = observe
        }
    }

    init(
        region: String, environment: [String: String], provider: any CredentialProvider, http: any HTTPClient,
        retries: RetryPolicy, surroundings: Surroundings
    ) {
        self.region = region
        self.http = http
        self.retries = retries
        self.surroundings = surroundings
        credentials = CachedCredentials(provider, now: surroundings.now)
        endpoints = Dictionary(
            uniqueKeysWithValues: AWSService.allCases.map {
                ($0, Endpoint($0, region: region, environment: environment))
            })
    }

    public func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8] {
        guard let limit = request.timeLimit else { return try await repeated(request).get() }
        let result = await withTaskGroup(of: Result<[UInt8], AWSError>?.self) { group in
            group.addTask { await self.repeated(request) }
            group.addTask {
                try? await self.surroundings.sleep(limit)
                return nil
            }
            var result = Result<[UInt8], AWSError>.failure(AWSError(request, .cancelled))
            for await outcome in group {
                // Whichever comes first ends the other; attempts that are cut short say how far they got.
                group.cancelAll()
                if let outcome { result = outcome }
            }
            return result
        }
        guard case .failure(let error) = result, error.reason == .cancelled, !Task.isCancelled else {
            return try result.get()
        }
        let late = AWSError.Reason.unreachable("none within \(limit)")
        throw AWSError(request, late, mayHaveBeenReceived: error.mayHaveBeenReceived)
    }

    /// Attempts until one succeeds, or another would be useless.
    private func repeated(_ request: AWSRequest) async -> Result<[UInt8], AWSError> {
        var retries = retries
        retries.maximumAttempts = request.attempts ?? retries.maximumAttempts
        var attempt = 1
        var mayHaveBeenReceived = false
        while true {
            let failed: FailedAttempt
            switch await self.attempt(request) {
            case .success(let body):
                state.withLock { $0.quota.refund() }
                return .success(body)
            case .failure(let failure): failed = failure
            }
            mayHaveBeenReceived = mayHaveBeenReceived || failed.error.mayHaveBeenReceived
            let random = surroundings.random()
            let delay = state.withLock { state in
                retries.delay(after: failed.fault, attempt: attempt, random: random, quota: &state.quota)
            }
            // Cancelled in the pause: what went wrong before it says more than that.
            guard let delay, (try? await surroundings.sleep(delay)) != nil else {
                return .failure(
                    AWSError(
                        request, failed.error.reason, mayHaveBeenReceived: mayHaveBeenReceived,
                        body: failed.error.body))
            }
            attempt += 1
        }
    }

    private struct FailedAttempt: Error {
        let error: AWSError
        let fault: RetryPolicy.Fault
    }

    private func attempt(_ request: AWSRequest) async -> Result<[UInt8], FailedAttempt> {
        func failed(
            _ reason: AWSError.Reason, _ fault: RetryPolicy.Fault, mayHaveBeenReceived: Bool? = nil, body: [UInt8] = []
        ) -> Result<[UInt8], FailedAttempt> {
            let error = AWSError(request, reason, mayHaveBeenReceived: mayHaveBeenReceived, body: body)
            return .failure(FailedAttempt(error: error, fault: fault))
        }
        let keys: AWSCredentials
        do throws(CredentialError) {
            keys = try await credentials.credentials()
        } catch {
            return failed(.noCredentials(error.description), .final)
        }
        guard let endpoint = endpoints[request.service] else {
            return failed(.unreachable("no endpoint"), .final, mayHaveBeenReceived: false)
        }
        let begun = ContinuousClock.now
        func observe(_ outcome: AWSAttempt.Outcome) {
            surroundings.observe(
                AWSAttempt(
                    service: request.service, operation: request.operation, outcome: outcome,
                    duration: ContinuousClock.now - begun))
        }
        let signedAt = surroundings.now() + state.withLock { $0.clockOffset }
        let response: HTTPResponse
        do throws(HTTPTransportError) {
            response = try await http.send(signed(request, at: signedAt, for: endpoint, with: keys))
        } catch {
            observe(.unanswered)
            let fault: RetryPolicy.Fault =
                switch error.reason {
                case .cancelled, .invalidRequest, .shutDown: .final
                case .timedOut: .timeout
                case .couldNotConnect, .tls, .responseTooLarge, .interrupted: .transient
                }
            let reason: AWSError.Reason =
                error.reason == .cancelled ? .cancelled : .unreachable("\(endpoint.url): \(error.detail)")
            return failed(reason, fault, mayHaveBeenReceived: error.mayHaveBeenReceived)
        }
        guard !(200...299).contains(response.status) else {
            observe(.succeeded)
            return .success(response.body)
        }
        let (code, message, requestID) = decodeAWSErrorBody(
            response.body, contentType: response.header("Content-Type"), status: response.status)
        let theirs = response.header("Date").flatMap { Date(httpDate: $0) }
        let fault = RetryPolicy.fault(
            status: response.status, code: code, clockDifference: theirs.map { abs($0.timeIntervalSince(signedAt)) })
        observe(fault == .throttled ? .throttled : .refused(code: code))
        if fault == .clockSkew, let theirs {
            // Once is enough: signed with their time, the next request is judged by its key alone.
            state.withLock { $0.clockOffset = theirs.timeIntervalSince(surroundings.now()) }
        }
        return failed(
            .refused(
                code: code, message: message, status: response.status,
                requestID: requestID ?? response.header("x-amzn-RequestId")), fault, body: response.body)
    }

    private func signed(
        _ request: AWSRequest, at moment: Date, for endpoint: Endpoint, with keys: AWSCredentials
    ) -> HTTPRequest {
        let signer = SigV4(
            credentials: keys, region: endpoint.signingRegion, service: endpoint.signingName, date: SigningDate(moment))
        var headers: [(name: String, value: String)] = [
            ("Host", endpoint.authority), ("Content-Type", request.contentType),
        ]
        headers += request.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let signature = signer.headers(
            for: SigV4.Request(method: "POST", path: endpoint.path, query: "", headers: headers, body: request.body))
        return HTTPRequest(
            method: "POST", url: endpoint.url + "/", headers: headers + signature, body: request.body,
            timeout: .seconds(30))
    }
}

extension AWSError {
    fileprivate init(
        _ request: AWSRequest, _ reason: Reason, mayHaveBeenReceived: Bool? = nil, body: [UInt8] = []
    ) {
        self.init(
            service: request.service, operation: request.operation, reason: reason,
            mayHaveBeenReceived: mayHaveBeenReceived, body: body)
    }
}

/// One request that was sent to AWS.
public struct AWSAttempt: Hashable, Sendable {
    public let service: AWSService
    public let operation: String
    public let outcome: Outcome
    public let duration: Duration

    public enum Outcome: Hashable, Sendable {
        case succeeded, throttled, unanswered
        case refused(code: String)
    }
}

extension Date {
    /// Reads the one form of HTTP dates that is still sent: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, IMF-fixdate).
    init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month + 1
        guard
            let date = try? Date(
                "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z", strategy: .iso8601)
        else { return nil }
        self = date
    }
}
