import DrainEngine
import DrainModel

/// (8) No two replicas may decide at the same moment, and what is sent is what is recorded.
enum OneDecider {
    /// - Parameter deciders: those that believe that they may decide, and could know better.
    static func violation(among deciders: [String]) -> String? {
        deciders.count > 1 ? "\(deciders.joined(separator: " and ")) decide at the same time" : nil
    }

    static func violation(sending call: Call, recorded drains: [DrainID: Drain]) -> String? {
        guard case .complete(let id, _, let result) = call, drains[id]?.decision?.result != result else { return nil }
        return "\(id) is to be completed with \(result.rawValue), which is not what is recorded"
    }
}
