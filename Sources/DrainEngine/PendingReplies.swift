import Synchronization

/// Those who wait until what they said is recorded. Nobody is left waiting: once closed, whoever waits is told so.
final class PendingReplies: Sendable {
    typealias Number = Int

    private struct State {
        var isClosed = false
        var last: Number = 0
        var waiting: [Number: CheckedContinuation<LedgerError?, Never>] = [:]
    }

    private let state = Mutex(State())
    private static let ending = LedgerError.unknownOutcome("draind is ending")

    /// Waits for the end of what `begin` begins under the number that it is given.
    ///
    /// - Throws: why it is not known to be recorded.
    func wait(_ begin: (Number) -> Void) async throws(LedgerError) {
        let failure = await withCheckedContinuation { continuation in
            let number: Number? = state.withLock { state in
                if state.isClosed { return nil }
                state.last += 1
                state.waiting[state.last] = continuation
                return state.last
            }
            if let number { begin(number) } else { continuation.resume(returning: Self.ending) }
        }
        if let failure { throw failure }
    }

    func end(_ number: Number, _ failure: LedgerError?) {
        state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: failure)
    }

    /// Whoever waits now.
    func endAll(_ failure: LedgerError) {
        let left = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in left { continuation.resume(returning: failure) }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        endAll(Self.ending)
    }
}
