/// The number of one thing in a world. It never changes and is never used again; AWS's own name for the thing
/// (id, ARN) is a property of it.
public struct Handle<Entity>: Hashable, Comparable, Sendable {
    public let number: Int

    init(_ number: Int) { self.number = number }

    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}
