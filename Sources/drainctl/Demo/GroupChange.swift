import SimulatedWorld

/// What is done to an Auto Scaling group, step by step, in a world of simulated or of real time.
protocol GroupChange: Sendable {
    /// Does whatever can be done now; true once nothing is left to do.
    mutating func proceed(in world: inout World) throws(World.Failure) -> Bool
}

/// The group's capacity is lowered, once.
struct ScaleIn: GroupChange {
    let group: String
    let count: Int

    func proceed(in world: inout World) throws(World.Failure) -> Bool {
        let capacity = try world.autoScalingGroup(named: group).desiredCapacity
        try world.setDesiredCapacity(capacity - count, ofGroup: group)
        return true
    }
}
