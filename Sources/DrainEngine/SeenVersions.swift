import DrainModel

/// Which change of each resource was told of last: events come twice, and in the wrong order. Of very many resources the
/// first are forgotten; then an event that comes twice costs a look.
struct SeenVersions: Sendable {
    static let mostKept = 4096

    private var numbers: [String: Int] = [:]
    /// The oldest first.
    private var resources: [String] = []

    /// - Returns: whether it is later than what was told of the resource before.
    mutating func note(_ version: ChangeHint.Version) -> Bool {
        if let known = numbers[version.resource] {
            guard version.number > known else { return false }
        } else {
            if resources.count == Self.mostKept { numbers[resources.removeFirst()] = nil }
            resources.append(version.resource)
        }
        numbers[version.resource] = version.number
        return true
    }
}
