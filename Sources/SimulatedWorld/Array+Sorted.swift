/// Lists of handles are in order of creation, so they are sorted, and a binary search finds one.
extension Array {
    /// The first place from which on the condition holds, in an array that is ordered by it.
    func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Array where Element: Comparable {
    func containsSorted(_ element: Element) -> Bool {
        let place = partitioningIndex { $0 >= element }
        return place < count && self[place] == element
    }

    /// Does nothing when it is there already.
    mutating func insertSorted(_ element: Element) {
        let place = partitioningIndex { $0 >= element }
        if place == count || self[place] != element { insert(element, at: place) }
    }

    /// Does nothing when it is not there.
    mutating func removeSorted(_ element: Element) {
        let place = partitioningIndex { $0 >= element }
        if place < count && self[place] == element { remove(at: place) }
    }
}
