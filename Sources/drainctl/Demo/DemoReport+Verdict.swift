import DrainModel
import HTTPEndpoint
import SimulatedWorld

/// Whether it went as the scenario should.
extension DemoReport {
    var isGood: Bool { problems.isEmpty }

    /// In words, whichever way it went.
    var conclusion: String { isGood ? verdict : "Not as it should be: " + problems.joined(separator: "; ") }

    private var problems: [String] {
        switch plot.scenario {
        case .stuck: problemsBesideTheStuckService
        case .scaleIn, .amiUpgrade: problemsOfDraining
        case .replicas: problemsOfTakeover + problemsOfDraining
        }
    }

    private var verdict: String {
        switch plot.scenario {
        case .stuck: stuckVerdict
        case .scaleIn, .amiUpgrade: verdictOfDraining
        case .replicas: verdictOfTakeover + "\n" + verdictOfDraining
        }
    }

    // MARK: Drained

    private var verdictOfDraining: String {
        "Every instance was drained before it ended; no service ran below its minimum; no request was lost "
            + "(without draind: \(without?.requestsLost ?? 0))."
    }

    /// Every instance must have been drained before it ended, and no service have run below its minimum.
    private var problemsOfDraining: [String] {
        world.violations.map(Self.describe) + wrongOutcomes(but: .drained) + harm(to: world.serviceTruths)
    }

    static func describe(_ violation: World.Violation) -> String {
        "\(violation.instanceID): \(violation.kind) \(violation.subject) \(violation.detail)"
    }

    private func wrongOutcomes(but right: DrainOutcome) -> [String] {
        let ended = world.instanceTruths.count { $0.diedAt != nil }
        return (ended == plot.drains ? [] : ["\(ended) of \(plot.drains) instances ended"])
            + drains.filter { $0.outcome != right }.map { "\($0.instanceId): \($0.outcome?.rawValue ?? "open")" }
            + world.instanceTruths.filter { $0.result != .continue }.map { "\($0.instanceID): not completed by draind" }
    }

    private func harm(to services: [World.ServiceTruth]) -> [String] {
        services.filter { $0.leastInService < $0.minimum }.map { "\($0.name) ran below its minimum" }
            + services.filter { $0.requests.lost > 0 }.map { "\($0.name) lost \($0.requests.lost) requests" }
    }

    // MARK: Stuck

    /// The stuck service's task must be all that was not drained, and draind must have said why.
    private var problemsBesideTheStuckService: [String] {
        let others = world.violations.filter { !isAboutStuckService($0) }.map(Self.describe)
        let unexplained = deadlock == nil ? ["draind did not say what blocks \(DemoPlot.stuckService)"] : []
        return others + unexplained + wrongOutcomes(but: .timedOut)
            + harm(to: world.serviceTruths.filter { $0.name != DemoPlot.stuckService })
    }

    private func isAboutStuckService(_ violation: World.Violation) -> Bool {
        violation.subject == DemoPlot.stuckService
            || violation.detail.hasPrefix("service:\(DemoPlot.stuckService) ")
    }

    private var deadlock: Blocker? { blockers.first { $0.code == .deploymentDeadlock } }

    private var stuckVerdict: String {
        """
        The instance was not drained, and could not be: at the deadline (\(plot.drainTimeout.brief)) draind let it end, \
        by policy (--on-timeout continue), and a task of \(DemoPlot.stuckService) was killed with it.
        Why: \(deadlock?.message ?? "")
        What to change: \(deadlock?.hint ?? "")
        All the other services had moved away by then, unharmed.
        """
    }
}
