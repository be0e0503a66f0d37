import DrainModel
import HTTPEndpoint
import SimulatedWorld

/// How it went, as the simulated account itself knows it.
struct DemoReport: Sendable {
    let plot: DemoPlot
    let drains: [DrainJSON]
    /// What blocked the drains while they went on.
    let blockers: [Blocker]
    let world: World
    /// nil where there is nothing to compare with.
    let without: WithoutDraind?
    /// nil where nobody was to be killed.
    let takeover: Takeover?

    func text(_ style: TextStyle) -> String {
        var instances = TextTable(titles: ["instance", "hook", "last replacement healthy", "completed", "outcome"])
        instances.rows = world.instanceTruths.map { truth in
            [
                truth.instanceID, seconds(truth.notificationDeliveredAt, truth),
                seconds(truth.lastReplacementHealthyAt, truth), seconds(truth.actionCompletedAt, truth),
                drains.first { $0.instanceId.rawValue == truth.instanceID }?.outcome?.rawValue ?? "none",
            ]
        }
        var services = TextTable(titles: ["service", "least healthy", "minimum", "requests lost"])
        services.rows = world.serviceTruths.map { service in
            [service.name, "\(service.leastInService)", "\(service.minimum)", "\(service.requests.lost)"]
        }
        let calls = world.apiCalls.values.reduce(0, +)
        return """

            \(instances.text(style))
            (seconds since the instance began to wait)

            \(services.text(style))

            \(takeoverInWords)\(calls) calls to AWS for \(drains.count) \(drains.count == 1 ? "drain" : "drains").
            \(isGood ? style.green(conclusion) : style.red(conclusion))
            """
    }

    private func seconds(_ moment: WorldTime?, _ truth: World.InstanceTruth) -> String {
        moment.map { ($0 - truth.actionStartedAt).inTenths } ?? "-"
    }
}
