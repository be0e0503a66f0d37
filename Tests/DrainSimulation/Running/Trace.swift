import SimulatedWorld

/// What happened, in order: as a fingerprint always, in words only when asked for, since words take time.
struct Trace {
    let isInWords: Bool
    /// Of several draind, the one in which it happens.
    var speaker = ""
    private(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var lines: [String] = []

    init(inWords: Bool) { isInWords = inWords }

    mutating func note(_ kind: String, _ subject: String = "", at moment: WorldTime, _ words: @autoclosure () -> String)
    {
        mix(UInt64(bitPattern: moment.milliseconds))
        mix(kind)
        mix(subject)
        if !speaker.isEmpty { mix(speaker) }
        guard isInWords else { return }
        let detail = words()
        let passed = (moment - Plan.start).wholeMilliseconds
        lines.append(
            "\(Self.clock(passed))\(speaker.isEmpty ? "" : " \(speaker):") \(kind)\(subject.isEmpty ? "" : " \(subject)")\(detail.isEmpty ? "" : ": \(detail)")"
        )
    }

    mutating func note(_ kind: String, _ subject: String = "", at moment: WorldTime) {
        note(kind, subject, at: moment, "")
    }

    private mutating func mix(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes { mix(UInt64(byte)) }
        }
    }

    // FNV-1a, by numbers instead of bytes: a fingerprint, not a secret.
    private mutating func mix(_ number: UInt64) { fingerprint = (fingerprint ^ number) &* 0x0000_0100_0000_01b3 }

    /// `12:03.456` after the start.
    static func clock(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        return "\(padded(seconds / 60, 3)):\(padded(seconds % 60, 2, "0")).\(padded(milliseconds % 1000, 3, "0"))"
    }

    private static func padded(_ number: Int64, _ width: Int, _ filler: Character = " ") -> String {
        let digits = String(number)
        return String(repeating: filler, count: max(0, width - digits.count)) + digits
    }
}
