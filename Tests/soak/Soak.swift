import DrainSimulation
import Foundation

/// Runs many seeds, or shows one. See scripts/soak.
@main
struct Soak {
    static func main() {
        do throws(Arguments.Mistake) {
            let arguments = try Arguments(CommandLine.arguments.dropFirst())
            if let seed = arguments.seed {
                exit(replay(arguments.plan(of: seed)) ? 0 : 1)
            }
            exit(soak(arguments) ? 0 : 1)
        } catch {
            complain("soak: \(error.text)\n\(Arguments.usage)")
            exit(64)
        }
    }

    /// One seed in words, from beginning to end.
    private static func replay(_ plan: Plan) -> Bool {
        guard let outcome = outcome(of: plan, inWords: true) else { return false }
        for line in outcome.trace { print(line) }
        print("")
        var summary = Summary()
        summary.add(outcome)
        print(summary.table(elapsed: nil))
        return outcome.violation == nil
    }

    private static func soak(_ arguments: Arguments) -> Bool {
        let began = ContinuousClock.now
        let work = SharedWork(arguments, began: began)
        let threads = (0..<max(1, arguments.threads)).map { _ in
            let thread = Thread { work.run() }
            // The default of half a megabyte is little for deep recursion in debug builds.
            thread.stackSize = 8 << 20
            thread.start()
            return thread
        }
        while !threads.allSatisfy(\.isFinished) {
            Thread.sleep(forTimeInterval: 0.02)
            work.reportProgress()
        }
        let summary = work.summary
        for failure in summary.violations.prefix(3) { show(failure, arguments) }
        for failure in summary.violations.dropFirst(3).prefix(20) { print(failure.line) }
        print(summary.table(elapsed: began.duration(to: .now)))
        return summary.violations.isEmpty && summary.unplayable == 0
    }

    static func outcome(of plan: Plan, inWords: Bool) -> Outcome? {
        do {
            return try Simulation.outcome(of: plan, inWords: inWords)
        } catch {
            complain("seed \(plan.seed) makes no account: \(error)")
            return nil
        }
    }

    static func complain(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    private static func show(_ failure: Summary.Failure, _ arguments: Arguments) {
        print(failure.line)
        let again = outcome(of: arguments.plan(of: failure.seed), inWords: true)
        for line in again?.trace.suffix(60) ?? [] { print("    \(line)") }
        print("  again: scripts/soak \(arguments.replicas ? "--replicas " : "")--seed \(failure.seed)\n")
    }
}
