/// How log events are written, one a line, on standard error.
public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for machines.
    case json
    /// Time, level, message and details, for people at a terminal.
    case text
}
