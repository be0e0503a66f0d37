import HTTPEndpoint
import Synchronization

/// A receiver that answers as it is told to, at once or when it is released.
final class FakeReceiver: MessageReceiver {
    private let receipt: Receipt
    private let holds: Bool
    private let received = Mutex<[ReceivedMessage]>([])
    private let arrivals = AsyncStream.makeStream(of: Void.self)
    private let releases = AsyncStream.makeStream(of: Void.self)

    init(_ receipt: Receipt = .accepted, holds: Bool = false) {
        self.receipt = receipt
        self.holds = holds
    }

    var messages: [ReceivedMessage] { received.withLock { $0 } }

    func receive(_ message: ReceivedMessage) async -> Receipt {
        received.withLock { $0.append(message) }
        arrivals.continuation.yield()
        if holds { await releases.stream.first { true } }
        return receipt
    }

    /// Returns once a message is in the receiver's hands.
    func messageArrived() async { await arrivals.stream.first { true } }

    /// Lets one held message go, or the next that comes.
    func release() { releases.continuation.yield() }
}
