/// A moment of a world's virtual time: whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The world reads no clock; whoever drives it says what time it is, real or invented.
public struct WorldTime: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    public static func + (moment: Self, duration: Duration) -> Self {
        Self(milliseconds: moment.milliseconds + duration.wholeMilliseconds)
    }

    public static func - (moment: Self, duration: Duration) -> Self {
        Self(milliseconds: moment.milliseconds - duration.wholeMilliseconds)
    }

    public static func - (later: Self, earlier: Self) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }
}

extension WorldTime {
    /// As AWS writes moments: `2024-03-23T03:26:43.904Z`.
    public var iso8601: String {
        let (days, inDay) = milliseconds.dividedDown(by: 86_400_000)
        let date = Self.civilDate(daysSinceEpoch: days)
        let (seconds, millis) = inDay.dividedDown(by: 1000)
        return "\(date.year.padded(4))-\(date.month.padded(2))-\(date.day.padded(2))T"
            + "\((seconds / 3600).padded(2)):\((seconds / 60 % 60).padded(2)):\((seconds % 60).padded(2))"
            + ".\(millis.padded(3))Z"
    }

    /// The proleptic Gregorian date, by counting eras of 400 years from 0000-03-01.
    private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (daysSinceEpoch + 719_468).dividedDown(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    package var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}

extension Int64 {
    /// Quotient rounded down and the remainder, never negative, that belongs to it.
    func dividedDown(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    fileprivate func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
