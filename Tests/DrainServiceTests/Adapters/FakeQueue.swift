import AWSClient
import Foundation
import Synchronization

/// An SQS with one queue in memory. It gives out what it holds whenever it is asked, as if every visibility timeout had
/// just passed, and waits for nothing.
final class FakeQueue: AWSCaller {
    private struct State {
        var bodies: [String: String] = [:]
        var waits: [Int] = []
        var failures: [String: AWSError.Reason] = [:]
        var holds = false
    }

    private let state = Mutex(State())
    private let arrivals = AsyncStream.makeStream(of: Void.self)

    /// By the messages' ids.
    var bodies: [String: String] { state.withLock { $0.bodies } }
    /// How long it was asked to wait, in seconds.
    var waits: [Int] { state.withLock { $0.waits } }

    func send(_ body: String, id: String = "m-1") { state.withLock { $0.bodies[id] = body } }
    func fail(_ operation: String, with reason: AWSError.Reason?) {
        state.withLock { $0.failures[operation] = reason }
    }

    /// From now on whoever receives waits until cancelled.
    func hold() { state.withLock { $0.holds = true } }
    func isWaitedFor() async { await arrivals.stream.first { true } }

    func call(_ request: AWSRequest) async throws(AWSError) -> [UInt8] {
        if let reason = state.withLock({ $0.failures[request.operation] }) { throw error(request, reason) }
        let input = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any] ?? [:]
        guard request.operation == "ReceiveMessage" else {
            state.withLock { $0.bodies[input["ReceiptHandle"] as? String ?? ""] = nil }
            return []
        }
        let wait = input["WaitTimeSeconds"] as? Int ?? -1
        state.withLock { $0.waits.append(wait) }
        if state.withLock({ $0.holds }) {
            arrivals.continuation.yield()
            for await _ in AsyncStream<Void>.makeStream().stream {}
            throw error(request, .cancelled)
        }
        let messages: [[String: Any]] = bodies.map { id, body in
            ["MessageId": id, "ReceiptHandle": id, "Body": body, "Attributes": ["SentTimestamp": "1700000000000"]]
        }
        return (try? JSONSerialization.data(withJSONObject: ["Messages": messages])).map { Array($0) } ?? []
    }

    private func error(_ request: AWSRequest, _ reason: AWSError.Reason) -> AWSError {
        AWSError(service: request.service, operation: request.operation, reason: reason)
    }
}
