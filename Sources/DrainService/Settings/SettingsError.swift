/// A setting that stops the start: one line that names it, says where it came from, and what is allowed.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
