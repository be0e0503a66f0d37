import DrainModel
import FoundationEssentials
import Glibc
import Logging

/// Writes each log event as one line with one `write`, so that lines of several threads never mix and none is lost in a
/// buffer when the process dies.
struct LineLogHandler: LogHandler {
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let clock = SystemClock()

    init(format: LogFormat, level: Logger.Level) {
        self.format = format
        self.logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { _, new in new }.mapValues(\.description)
        let line =
            switch format {
            case .json: json(event.level, event.message.description, details)
            case .text: text(event.level, event.message.description, details)
            }
        var bytes = Array(line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        bytes.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func json(_ level: Logger.Level, _ message: String, _ details: [String: String]) -> String {
        var fields = details
        fields["time"] = clock.now().rfc3339
        fields["level"] = level.rawValue
        fields["message"] = message
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(fields) else { return message }
        return String(decoding: data, as: UTF8.self)
    }

    private func text(_ level: Logger.Level, _ message: String, _ details: [String: String]) -> String {
        let ending = details.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value.debugDescription)" }.joined()
        return "\(clock.now().rfc3339) \(level.rawValue) \(message.escapingControlCharacters)\(ending)"
    }
}

extension String {
    /// What others wrote may hold line breaks and terminal sequences; in a log they are shown, not obeyed.
    fileprivate var escapingControlCharacters: String {
        unicodeScalars.contains { $0.properties.generalCategory == .control } ? debugDescription : self
    }
}
