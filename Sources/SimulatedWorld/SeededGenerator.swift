/// SplitMix64: small, fast, and the same sequence for the same seed on every machine.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// One of several sequences of one seed that have nothing to do with each other; stream 0 is not the seed's own.
    public init(seed: UInt64, stream: UInt64) {
        var mixer = Self(seed: seed ^ (stream &+ 1) &* 0xD1B5_4A32_D192_ED03)
        state = mixer.next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SeededGenerator {
    /// `count` lower-case hexadecimal digits.
    mutating func hexadecimal(_ count: Int) -> String {
        let digits = "0123456789abcdef".utf8
        return String(unsafeUninitializedCapacity: count) { text in
            var bits: UInt64 = 0
            for place in 0..<count {
                if place % 16 == 0 { bits = next() }
                text[place] = digits[digits.index(digits.startIndex, offsetBy: Int(bits >> 60))]
                bits <<= 4
            }
            return count
        }
    }

    /// A version 4 UUID, 36 characters.
    mutating func uuid() -> String {
        let variants: [Character] = ["8", "9", "a", "b"]
        let variant = variants[Int(next() % 4)]
        return "\(hexadecimal(8))-\(hexadecimal(4))-4\(hexadecimal(3))-\(variant)\(hexadecimal(3))-\(hexadecimal(12))"
    }
}
