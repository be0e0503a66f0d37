import SimulatedAWS
import SimulatedWorld

/// The same scale-in with no hook: simulated time only, so it takes no time to show.
struct WithoutDraind: Encodable {
    let tasksKilled: Int
    let requestsLost: Int
    let requestsServed: Int
    let servicesBelowMinimum: [String]

    /// How long the account is watched after the scale-in, in its own time: until load balancer and scheduler have
    /// noticed and mended everything.
    private static let watched: Duration = .seconds(60)

    static func scaleIn(
        _ plan: World.Scenario, by count: Int, startingAt start: WorldTime
    ) throws(World.Failure) -> Self {
        var world = try World(plan, startingAt: start)
        let before = Set(world.instanceStatuses.map(\.instanceID))
        let tasks = Dictionary(uniqueKeysWithValues: world.instanceStatuses.map { ($0.instanceID, $0.tasks.count) })
        try world.setDesiredCapacity(plan.instances - count, ofGroup: plan.autoScalingGroup)
        world.advance(to: start + watched)
        let gone = before.subtracting(world.instanceStatuses.map(\.instanceID))
        let services = world.serviceTruths
        return Self(
            tasksKilled: gone.reduce(0) { $0 + (tasks[$1] ?? 0) },
            requestsLost: services.reduce(0) { $0 + $1.requests.lost },
            requestsServed: services.reduce(0) { $0 + $1.requests.served },
            servicesBelowMinimum: services.filter { $0.leastInService < $0.minimum }
                .map { "\($0.name) (\($0.leastInService) of \($0.minimum))" })
    }

    var text: String {
        let below = servicesBelowMinimum.isEmpty ? "none" : servicesBelowMinimum.joined(separator: ", ")
        return """
               tasks killed           \(tasksKilled)
               requests lost          \(Console.red(String(requestsLost))) of \(requestsLost + requestsServed)
               below their minimum    \(Console.red(below))
            """
    }
}
