public import FoundationEssentials
import HTTPTransport
import Synchronization

/// Calls AWS: finds the endpoint, signs, sends, and tries again what may succeed.
public final class SigningCaller: AWSCaller {
    private let region: String
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
        var attempt = 1
        while true {
            let failure: (error: AWSError, fault: RetryPolicy.Fault)
            switch try await self.attempt(request) {
            case .success(let body):
                state.withLock { $0.quota.refund() }
                return body
            case .failure(let failed): failure = (failed.error, failed.fault)
            }
            let random = surroundings.random()
            let delay = state.withLock { state in
                retries.delay(after: failure.fault, attempt: attempt, random: random, quota: &state.quota)
            }
            guard let delay else { throw failure.error }
            do {
                try await surroundings.sleep(delay)
            } catch {
                throw AWSError(service: request.service, operation: request.operation, reason: .cancelled)
            }
            attempt += 1
        }
    }

    private struct FailedAttempt: Error {
        let error: AWSError
        let fault: RetryPolicy.Fault
    }

    private func attempt(_ request: AWSRequest) async throws(AWSError) -> Result<[UInt8], FailedAttempt> {
        func error(_ reason: AWSError.Reason) -> AWSError {
            AWSError(service: request.service, operation: request.operation, reason: reason)
        }
        let keys: AWSCredentials
        do throws(CredentialError) {
            keys = try await credentials.credentials()
        } catch {
            throw AWSError(
                service: request.service, operation: request.operation, reason: .noCredentials(error.description))
        }
        guard let endpoint = endpoints[request.service] else { throw error(.unreachable("no endpoint")) }
        let begun = ContinuousClock.now
        func observe(_ outcome: AWSAttempt.Outcome) {
            surroundings.observe(
                AWSAttempt(
                    service: request.service, operation: request.operation, outcome: outcome,
                    duration: ContinuousClock.now - begun))
        }
        let response: HTTPResponse
        do throws(HTTPTransportError) {
            response = try await http.send(signed(request, for: endpoint, with: keys))
        } catch let failure {
            observe(.unanswered)
            if failure.reason == .cancelled { throw error(.cancelled) }
            let isFinal = failure.reason == .invalidRequest || failure.reason == .shutDown
            return .failure(
                FailedAttempt(
                    error: error(.unreachable("\(endpoint.url): \(failure.detail)")),
                    fault: isFinal ? .final : failure.reason == .timedOut ? .timeout : .transient))
        }
        guard !(200...299).contains(response.status) else {
            observe(.succeeded)
            return .success(response.body)
        }
        let (code, message, requestID) = decodeAWSErrorBody(
            response.body, contentType: response.header("Content-Type"), status: response.status)
        let fault = RetryPolicy.fault(status: response.status, code: code)
        observe(fault == .throttled ? .throttled : .refused(code: code))
        if fault == .clockSkew { learnClockOffset(from: response) }
        return .failure(
            FailedAttempt(
                error: error(
                    .refused(
                        code: code, message: message, status: response.status,
                        requestID: requestID ?? response.header("x-amzn-RequestId"))),
                fault: fault))
    }

    private func signed(_ request: AWSRequest, for endpoint: Endpoint, with keys: AWSCredentials) -> HTTPRequest {
        let offset = state.withLock { $0.clockOffset }
        let signer = SigV4(
            credentials: keys, region: endpoint.signingRegion, service: endpoint.signingName,
            date: SigningDate(surroundings.now() + offset))
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

    private func learnClockOffset(from response: HTTPResponse) {
        guard let text = response.header("Date"), let theirs = Date(httpDate: text) else { return }
        let offset = theirs.timeIntervalSince(surroundings.now())
        state.withLock { $0.clockOffset = offset }
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
