import DrainSimulation
import Foundation

struct Arguments {
    var seeds: UInt64 = 2000
    var first: UInt64 = 1
    var seed: UInt64?
    var minutes: Double?
    /// It stops after so many: more of them teach nothing.
    var violations = 200
    /// Whether several draind share a ledger.
    var replicas = false
    var threads = ProcessInfo.processInfo.activeProcessorCount

    static let usage = """
        usage: scripts/soak [--replicas] [--seeds N] [--first S] [--seed S] [--minutes M] [--threads T] [--violations V]
        """

    struct Mistake: Error {
        let text: String
    }

    init(_ words: some Sequence<String>) throws(Mistake) {
        var rest = Array(words.reversed())
        while let word = rest.popLast() {
            if word == "--replicas" {
                replicas = true
                continue
            }
            let value = rest.popLast() ?? ""
            switch word {
            case "--seeds": seeds = try Self.number(value, of: word)
            case "--first": first = try Self.number(value, of: word)
            case "--seed": seed = try Self.number(value, of: word)
            case "--threads": threads = Int(try Self.number(value, of: word))
            case "--violations": violations = Int(try Self.number(value, of: word))
            case "--minutes":
                guard let number = Double(value), number > 0 else { throw Mistake(text: "\(word) wants a number") }
                minutes = number
            default: throw Mistake(text: "unknown argument \(word)")
            }
        }
        // Time alone limits it, unless both are asked for.
        if minutes != nil, !CommandLine.arguments.contains("--seeds") { seeds = .max / 2 }
    }

    func plan(of seed: UInt64) -> Plan { replicas ? .drawnWithReplicas(from: seed) : .drawn(from: seed) }

    private static func number(_ text: String, of word: String) throws(Mistake) -> UInt64 {
        guard let number = UInt64(text) else { throw Mistake(text: "\(word) wants a whole number") }
        return number
    }
}
