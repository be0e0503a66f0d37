/// How many of something there are, in all and at each instance, kept as they change: "so many elsewhere" is a
/// subtraction.
struct Tally: Hashable, Sendable {
    private(set) var total = 0
    /// Those that are not zero, in order of the instances.
    private var entries: [Entry] = []

    private struct Entry: Hashable, Sendable {
        let instance: World.Instance.ID
        var count: Int
    }

    func at(_ instance: World.Instance.ID) -> Int {
        let place = position(of: instance)
        return place < entries.count && entries[place].instance == instance ? entries[place].count : 0
    }

    func elsewhere(than instance: World.Instance.ID) -> Int { total - at(instance) }

    mutating func add(_ difference: Int, at instance: World.Instance.ID) {
        total += difference
        let place = position(of: instance)
        if place == entries.count || entries[place].instance != instance {
            entries.insert(Entry(instance: instance, count: 0), at: place)
        }
        entries[place].count += difference
        if entries[place].count == 0 { entries.remove(at: place) }
    }

    private func position(of instance: World.Instance.ID) -> Int {
        entries.partitioningIndex { $0.instance >= instance }
    }
}
