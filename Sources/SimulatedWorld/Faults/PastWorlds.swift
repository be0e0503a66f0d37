/// Copies of a world's past, for reads that see an older state, as AWS's eventually consistent reads do.
///
/// A copy shares everything with the world until either changes; then what changes is copied once, table by table.
/// So it costs by what has changed since the last copy, not by time; a coarser resolution costs less.
public struct PastWorlds: Sendable {
    private let resolution: Duration
    private let reach: Duration
    /// Oldest first.
    private var copies: [World] = []

    /// - Parameters:
    ///   - resolution: at least so much time lies between two copies.
    ///   - reach: copies older than this are dropped, but for the youngest of them.
    public init(resolution: Duration = .seconds(1), reach: Duration = .seconds(10)) {
        self.resolution = resolution
        self.reach = reach
    }

    /// To be called before the world changes; what it was in between is not remembered.
    public mutating func remember(_ world: World) {
        if let last = copies.last, world.now < last.now + resolution { return }
        copies.append(world)
        let horizon = world.now - reach
        let old = copies.firstIndex { $0.now > horizon } ?? copies.count
        if old > 1 { copies.removeFirst(old - 1) }
    }

    /// The youngest copy that is at least as old as that moment, else the oldest; nil if there is none.
    public func world(asOf time: WorldTime) -> World? { copies.last { $0.now <= time } ?? copies.first }
}
