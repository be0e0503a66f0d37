import DrainModel
import Foundation
import HTTPEndpoint
import SimulatedAWS
import SimulatedWorld

/// The scenario with real draind, on real time, to its end.
struct DemoRun {
    private let plot: DemoPlot
    private let account: SimulatedAccount
    private var replicas: DemoReplicas
    private var change: any GroupChange
    private var isChanged = false
    private var display: DemoDisplay

    init(_ plot: DemoPlot, on account: SimulatedAccount, with replicas: DemoReplicas, style: TextStyle) {
        self.plot = plot
        self.account = account
        self.replicas = replicas
        change = plot.change
        display = DemoDisplay(style: style)
    }

    mutating func report(comparedWith without: WithoutDraind?) async throws -> DemoReport {
        await account.change { $0.markTruth() }
        let drains = try await watch()
        try await account.waitUntilTerminated(instances: plot.drains)
        return DemoReport(
            plot: plot, drains: drains, blockers: display.blockers, world: await account.state(), without: without,
            takeover: replicas.takeover)
    }

    /// Goes on with the change, and shows what the drains wait for, until all are finished.
    private mutating func watch() async throws -> [DrainJSON] {
        // Auto Scaling's own limit of one action of these hooks is 3000 s, and they are at most as many rounds.
        let deadline = ContinuousClock.now + .seconds(3000) * plot.drains
        var lastHeard = ContinuousClock.now
        while ContinuousClock.now < deadline {
            try await proceed()
            try await replicas.look()
            // One poll may fail, on a busy machine; a draind that never answers again has failed.
            if let drains = try? await replicas.drains() {
                lastHeard = .now
                if isTimeToKill(drains) { await kill(drains) }
                display.show(drains, replicas.rows)
                if isOver(drains) { return drains }
            } else if ContinuousClock.now - lastHeard > .seconds(30) {
                throw DemoFailure("draind has not answered for 30 s")
            }
            // A takeover is timed.
            try await ContinuousClock().sleep(for: .milliseconds(replicas.isTakingOver ? 100 : 500))
        }
        throw DemoTimeout()
    }

    private func isOver(_ drains: [DrainJSON]) -> Bool {
        isChanged && drains.count == plot.drains && drains.allSatisfy { $0.outcome != nil } && !replicas.isTakingOver
    }

    /// In the middle: every drain goes on, and half of the tasks are left.
    private func isTimeToKill(_ drains: [DrainJSON]) -> Bool {
        guard plot.replicas > 1, replicas.takeover == nil, drains.count == plot.drains else { return false }
        let (total, stopped) = drains.reduce((0, 0)) { ($0.0 + $1.tasks.total, $0.1 + $1.tasks.stopped) }
        return drains.allSatisfy { $0.outcome == nil && $0.tasks.total > 0 } && stopped * 2 >= total
    }

    private mutating func kill(_ drains: [DrainJSON]) async {
        replicas.killTheOneThatDecides(at: await account.change { $0.now }, openDrains: drains.count)
    }

    private mutating func proceed() async throws {
        if isChanged { return }
        let current = change
        (change, isChanged) = try await account.change { world throws(World.Failure) in
            var next = current
            let isDone = try next.proceed(in: &world)
            return (next, isDone)
        }
    }
}

/// Why the demo could not go on.
struct DemoFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The drains did not end in time.
struct DemoTimeout: Error {}
