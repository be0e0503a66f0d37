import DrainModel
import SimulatedWorld

/// (7) The runner never asks to be woken in a tight loop, and with nothing left to do it wakes for its sweeps alone.
struct NeverRestless {
    private var lastTickAt: WorldTime?
    private var ticksAtOnce = 0
    private var idleTicks: [WorldTime] = []

    private static let mostTicksAtOnce = 3
    private static let mostIdleTicksAMinute = 30

    mutating func violation(tickingAt now: WorldTime, isIdle: Bool) -> String? {
        ticksAtOnce = lastTickAt == now ? ticksAtOnce + 1 : 1
        lastTickAt = now
        if ticksAtOnce > Self.mostTicksAtOnce { return "woken \(ticksAtOnce) times at one moment" }
        guard isIdle else {
            idleTicks = []
            return nil
        }
        idleTicks.append(now)
        idleTicks.removeAll { now - $0 > .seconds(60) }
        guard idleTicks.count > Self.mostIdleTicksAMinute else { return nil }
        return "woken \(idleTicks.count) times in a minute with nothing to do"
    }
}
