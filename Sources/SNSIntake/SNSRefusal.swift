/// Why a message is not believed. The reason is for the log; whoever sent it is told nothing but the status.
public struct SNSRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let kind: Kind
    /// At most a few hundred characters, and free of control characters: safe to log.
    public let reason: String

    public enum Kind: Hashable, Sendable {
        /// Not an SNS message, and never will be.
        case unreadable
        /// An SNS message that must not be obeyed, now or later.
        case forbidden
        /// The signing certificate could not be had; another try could succeed.
        case certificateAway
        /// By our clock it has not been sent yet; another try could succeed.
        case early
    }

    init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        let printable = reason.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }
        self.reason = String(String.UnicodeScalarView(printable.prefix(300)))
    }

    public var description: String { reason }
}
