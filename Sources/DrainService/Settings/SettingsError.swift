/// A setting that stops the start: one line that names it, says where it came from, and what is allowed.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// What is quoted may hold line breaks; the error is one line all the same.
    public init(_ description: String) {
        self.description = description.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
