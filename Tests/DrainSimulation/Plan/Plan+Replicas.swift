import SimulatedWorld

extension Plan {
    /// The plan of a seed, for two to five draind on one ledger.
    public static func drawnWithReplicas(from seed: UInt64) -> Self {
        var plan = drawn(from: seed)
        // After all else, and of its own: what else is drawn stays as it is.
        var random = SeededGenerator(seed: seed &* 0xD1B5_4A32_D192_ED03 &+ 1)
        let clocksAgree = random.chance(0.3)
        plan.replicas = (0..<random.pick([2, 2, 2, 3, 3, 4, 5])).map { _ in
            clocksAgree
                ? ReplicaPlan()
                : ReplicaPlan(
                    clockError: random.milliseconds(in: -30_000...30_000), clockDrift: random.pick([-500, 0, 0, 500]))
        }
        if random.chance(0.1) { return plan }
        if random.chance(0.3) { plan.faults.pause = random.pick([0.0003, 0.002]) }
        let seconds = Int(plan.duration.components.seconds)
        for _ in 0..<random.number(in: 0...seconds / 60) {
            let moment = random.milliseconds(in: 0...seconds * 1000)
            // Of one that stands by, less is to be feared.
            let replica = random.chance(0.7) ? nil : random.number(in: 0...plan.replicas.count - 1)
            plan.script.append(Scripted(at: moment, .trouble(Trouble.drawn(from: &random), of: replica)))
        }
        plan.script.sort { $0.at < $1.at }
        return plan
    }
}

extension Trouble {
    fileprivate static func drawn(from random: inout SeededGenerator) -> Self {
        // Many are over before anybody else has noticed.
        let time = random.milliseconds(in: random.chance(0.3) ? 1000...15_000 : 5000...60_000)
        switch random.number(in: 0...9) {
        case 0...2: return .crash(downFor: time)
        case 3, 4: return .stop(downFor: time)
        case 5, 6: return .pause(time, withMachine: random.chance(0.3))
        case 7, 8: return .cutOffFromLedger(time)
        default: return .cutOffFromAWS(time)
        }
    }
}
