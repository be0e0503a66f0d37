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
        var kept: Set<String> = []
        var deletions = 0
        var holds = false
    }

    private let state = Mutex(State())
    private let arrivals = AsyncStream.makeStream(of: Void.self)

    /// By the messages' ids.
    var bodies: [String: String] { state.withLock { $0.bodies } }
    /// How long it was asked to wait, in seconds.
    var waits: [Int] { state.withLock { $0.waits } }

    /// How many times it was told to delete something.
    var deletions: Int { state.withLock { $0.deletions } }

    /// From now on it does not delete the message when told to, though it does others.
    func keep(_ id: String) { state.withLock { _ = $0.kept.insert(id) } }

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
            return delete(input["Entries"] as? [[String: String]] ?? [])
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
        return json(["Messages": messages])
    }

    private func delete(_ entries: [[String: String]]) -> [UInt8] {
        let kept = state.withLock { state in
            state.deletions += 1
            for entry in entries {
                guard let id = entry["ReceiptHandle"], !state.kept.contains(id) else { continue }
                state.bodies[id] = nil
            }
            return entries.filter { state.bodies[$0["ReceiptHandle"] ?? ""] != nil }
        }
        let failed: [[String: Any]] = kept.map {
            ["Id": $0["Id"] ?? "", "Code": "InternalError", "SenderFault": false]
        }
        return json(["Failed": failed])
    }

    private func json(_ answer: [String: Any]) -> [UInt8] {
        (try? JSONSerialization.data(withJSONObject: answer)).map { Array($0) } ?? []
    }

    private func error(_ request: AWSRequest, _ reason: AWSError.Reason) -> AWSError {
        AWSError(service: request.service, operation: request.operation, reason: reason)
    }
}
