import SimulatedWorld

/// What is to happen when; at the same time, in order of entry.
struct Agenda<Entry> {
    /// The next one last, where it is cheap to take.
    private var entries: [(at: WorldTime, entry: Entry)] = []

    var nextAt: WorldTime? { entries.last?.at }

    mutating func add(_ entry: Entry, at time: WorldTime) {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].at > time { low = middle + 1 } else { high = middle }
        }
        // After all that are later; those of the same time were entered before, and stay nearer to the end.
        entries.insert((time, entry), at: low)
    }

    mutating func next(dueAt time: WorldTime) -> Entry? {
        guard let last = entries.last, last.at <= time else { return nil }
        entries.removeLast()
        return last.entry
    }
}
