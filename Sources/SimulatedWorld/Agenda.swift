/// What is to happen when: a binary heap by time, and in order of entry at the same time.
struct Agenda<Entry: Sendable>: Sendable {
    private struct Item: Sendable {
        let at: WorldTime
        let sequence: Int
        let entry: Entry

        func precedes(_ other: Item) -> Bool { at != other.at ? at < other.at : sequence < other.sequence }
    }

    private var heap: [Item] = []
    private var entered = 0

    var nextAt: WorldTime? { heap.first?.at }

    mutating func add(_ entry: Entry, at time: WorldTime) {
        heap.append(Item(at: time, sequence: entered, entry: entry))
        entered += 1
        rise(from: heap.count - 1)
    }

    /// The next entry that is due at that time, with its own time; nil when there is none.
    mutating func next(dueAt time: WorldTime) -> (at: WorldTime, entry: Entry)? {
        guard let first = heap.first, first.at <= time else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.at, first.entry)
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in (2 * parent + 1)...(2 * parent + 2)
            where child < heap.count && heap[child].precedes(heap[least]) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
