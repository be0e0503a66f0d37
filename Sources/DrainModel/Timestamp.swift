/// A moment in time: whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Deadlines outlive the process, so they are moments of wall time that can be stored; nothing in
/// the core reads a clock.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
    public let millisecondsSinceEpoch: Int64

    public init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

    public init(from decoder: any Decoder) throws {
        millisecondsSinceEpoch = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(millisecondsSinceEpoch)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    public static func + (moment: Self, duration: Duration) -> Self {
        Self(millisecondsSinceEpoch: moment.millisecondsSinceEpoch + duration.milliseconds)
    }

    public static func - (moment: Self, duration: Duration) -> Self {
        Self(millisecondsSinceEpoch: moment.millisecondsSinceEpoch - duration.milliseconds)
    }

    public static func - (later: Self, earlier: Self) -> Duration {
        .milliseconds(later.millisecondsSinceEpoch - earlier.millisecondsSinceEpoch)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
