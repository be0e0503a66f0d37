import FoundationEssentials

/// A moment as signatures need it.
struct SigningDate: Hashable, Sendable {
    /// `20150830T123600Z`
    let timestamp: String
    /// `20150830`
    var day: String { String(timestamp.prefix(8)) }

    init(_ date: Date) {
        timestamp = date.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
    }
}
