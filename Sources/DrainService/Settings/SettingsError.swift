/// What stops the start: for each mistake one line that names the setting, says where it came from, and what is allowed.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    public let lines: [String]

    /// What is quoted may hold line breaks; a mistake is one line all the same.
    public init(_ line: String) { lines = [line.split(whereSeparator: \.isNewline).joined(separator: " ")] }

    private init(_ mistakes: [Self]) { lines = mistakes.flatMap(\.lines) }

    public var description: String { lines.joined(separator: "\n") }

    /// Collects what is wrong, so that an operator hears of everything at once.
    struct Collector {
        private var mistakes: [SettingsError] = []

        mutating func add(_ mistake: SettingsError) { mistakes.append(mistake) }

        /// What `check` returns, or nil and one more mistake.
        @discardableResult
        mutating func attempt<Value>(_ check: () throws(SettingsError) -> Value) -> Value? {
            do throws(SettingsError) {
                return try check()
            } catch {
                add(error)
                return nil
            }
        }

        var isEmpty: Bool { mistakes.isEmpty }
        var error: SettingsError { SettingsError(mistakes) }
    }
}
