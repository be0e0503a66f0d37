import SimulatedWorld

/// The same without a hook: simulated time only, so it takes no time to show.
struct WithoutDraind: Encodable {
    let tasksKilled: Int
    let requestsLost: Int
    let requestsServed: Int
    let servicesBelowMinimum: [String]

    /// How long the account is watched after the last instance is gone, in its own time: until load balancer and
    /// scheduler have noticed and mended everything.
    private static let watched: Duration = .seconds(60)

    init(_ plot: DemoPlot, startingAt start: WorldTime) throws(World.Failure) {
        var world = try World(plot.account, startingAt: start)
        var change = plot.change
        while try !change.proceed(in: &world) { world.advance(to: world.now + .seconds(1)) }
        world.advance(to: world.now + Self.watched)
        let services = world.serviceTruths
        let cluster = try world.cluster(plot.account.cluster)
        // ECS's word for a task that ended with its machine.
        tasksKilled = world.tasks(in: cluster).count { $0.stopCode == "TerminationNotice" }
        requestsLost = services.reduce(0) { $0 + $1.requests.lost }
        requestsServed = services.reduce(0) { $0 + $1.requests.served }
        servicesBelowMinimum = services.filter { $0.leastInService < $0.minimum }
            .map { "\($0.name) (\($0.leastInService) of \($0.minimum))" }
    }

    func text(_ style: TextStyle) -> String {
        let below = servicesBelowMinimum.isEmpty ? "none" : servicesBelowMinimum.joined(separator: ", ")
        return """
               tasks killed           \(tasksKilled)
               requests lost          \(style.red(String(requestsLost))) of \(requestsLost + requestsServed)
               below their minimum    \(style.red(below))
            """
    }
}
