/// A short, stable name for several texts together: no secret, and the same in every process and version.
enum Fingerprint {
    /// 16 hexadecimal digits.
    static func of(_ texts: [String]) -> String {
        // FNV-1a, 64 bits. http://www.isthe.com/chongo/tech/comp/fnv/
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in texts.joined(separator: "\n").utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
