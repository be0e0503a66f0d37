import SimulatedWorld

/// The end of the draind that decided, and how another took its place.
struct Takeover: Sendable {
    /// Who decides, and in which epoch.
    struct Term: Hashable, Sendable, Encodable {
        let name: String
        let epoch: Int64
    }

    let killed: Term
    let killedAt: WorldTime
    /// How many drains were not finished then.
    let openDrains: Int
    private let killedAtInstant = ContinuousClock.now
    /// nil until another decides.
    private(set) var successor: Term?
    /// From the kill to when the successor said that it decides.
    private(set) var decidedAfter: Duration?

    init(killed: Term, at killedAt: WorldTime, openDrains: Int) {
        self.killed = killed
        self.killedAt = killedAt
        self.openDrains = openDrains
    }

    /// Since the kill.
    var age: Duration { ContinuousClock.now - killedAtInstant }

    mutating func end(with successor: Term) {
        guard self.successor == nil else { return }
        self.successor = successor
        decidedAfter = age
    }
}

extension Takeover {
    /// From the kill to the successor's first heartbeat or completion, as the account saw it.
    func calledAfter(in world: World) -> Duration? {
        // What the other had sent may arrive a moment later. A lease runs out long after that.
        world.lifecycleCalls.first { $0.at > killedAt + .seconds(1) }.map { $0.at - killedAt }
    }
}

extension World {
    /// The longest time in which Auto Scaling heard nothing of an action that it waited with.
    var longestSilence: Duration {
        lifecycleActions.map { action in
            let moments = [action.startedAt] + action.heartbeats + [action.completion?.at ?? now]
            return zip(moments.dropFirst(), moments).map { $0 - $1 }.max() ?? .zero
        }.max() ?? .zero
    }
}
