import DrainSimulation
import Foundation
import Synchronization

/// The seeds that several threads take in turn, and what they found.
final class SharedWork: Sendable {
    private let arguments: Arguments
    private let began: ContinuousClock.Instant
    private let state: Mutex<State>

    private struct State {
        var next: UInt64
        var summary = Summary()
        var reportedAt: ContinuousClock.Instant
    }

    init(_ arguments: Arguments, began: ContinuousClock.Instant) {
        self.arguments = arguments
        self.began = began
        state = Mutex(State(next: arguments.first, reportedAt: began))
    }

    var summary: Summary { state.withLock { $0.summary } }

    func run() {
        while let seed = takeSeed() {
            guard let outcome = Soak.outcome(of: arguments.plan(of: seed), inWords: false) else {
                state.withLock { $0.summary.unplayable += 1 }
                continue
            }
            state.withLock { $0.summary.add(outcome) }
            // At once: the end of a long run may be far away.
            if let violation = outcome.violation {
                Soak.complain(Summary.Failure(seed: seed, violation: violation).line)
            }
        }
    }

    private func takeSeed() -> UInt64? {
        if let minutes = arguments.minutes, began.duration(to: .now) > .seconds(minutes * 60) { return nil }
        return state.withLock { state in
            guard state.next - arguments.first < arguments.seeds, state.summary.violations.count < arguments.violations
            else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    func reportProgress() {
        let line: String? = state.withLock { state in
            guard state.reportedAt.duration(to: .now) > .seconds(5) else { return nil }
            state.reportedAt = .now
            return "\(state.summary.seeds) seeds, \(state.summary.violations.count) violations"
        }
        if let line { Soak.complain(line) }
    }
}
