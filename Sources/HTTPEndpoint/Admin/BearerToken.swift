/// The secret that a caller of the admin API has to show. It is never printed.
public struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    /// The content of a token file: white space around the token does not belong to it. nil when nothing is left,
    /// for an empty token would let everyone in.
    public init?(_ content: some Collection<UInt8>) {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0d).contains(byte) }
        let trimmed = content.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        guard !trimmed.isEmpty else { return nil }
        bytes = Array(trimmed)
    }

    public var description: String { "REDACTED" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether `authorization`, the value of the header, shows this token. How long it takes says nothing about
    /// how much of the token is right.
    func isShown(by authorization: String?) -> Bool {
        guard let authorization else { return false }
        let words = authorization.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return false }
        let shown = Array(words[1].utf8)
        var difference = UInt8(shown.count == bytes.count ? 0 : 1)
        for (index, byte) in shown.enumerated() { difference |= byte ^ bytes[index % bytes.count] }
        return difference == 0
    }
}
