import Synchronization

/// Counts what is in progress, up to a limit.
final class InFlightLimit: Sendable {
    private let limit: Int
    private let state = Mutex(State())

    private struct State {
        var count = 0
        var isFull = false
    }

    enum Admission: Equatable {
        /// Whoever is admitted must ``InFlightLimit/leave(_:)``.
        case admitted
        /// `isNews` is true for the first one refused since the count was last at half of the limit or below.
        case refused(isNews: Bool)
    }

    init(_ limit: Int) { self.limit = limit }

    func enter(_ count: Int = 1) -> Admission {
        state.withLock { state in
            guard state.count + count <= limit else {
                defer { state.isFull = true }
                return .refused(isNews: !state.isFull)
            }
            state.count += count
            return .admitted
        }
    }

    func leave(_ count: Int = 1) {
        guard count > 0 else { return }
        state.withLock { state in
            state.count -= count
            // At the brim each one that leaves would make the next refusal news.
            if state.count <= limit / 2 { state.isFull = false }
        }
    }
}
