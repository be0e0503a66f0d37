import DrainModel
import SimulatedWorld

/// (7) What Auto Scaling's clock excuses from the budget is not sent in a loop either: heartbeats as the timeout asks for
/// them, and completions once, with one for an answer that was lost or a process that ended.
///
/// To be asked of runs in which nothing goes wrong.
struct NoStorms {
    private var heartbeats: [DrainID: (count: Int, since: WorldTime, timeout: Duration)] = [:]
    private var completions: [DrainID: Int] = [:]

    private static let heartbeatsBeside = 3
    private static let mostCompletions = 2

    /// - Parameters:
    ///   - timeout: the hook's, as far as the action still waits.
    ///   - restarts: of the process, each of which sends once more.
    mutating func violation(sending call: Call, timeout: Duration?, restarts: Int, at now: WorldTime) -> String? {
        switch call {
        case .recordHeartbeat(let id, _):
            var sent = heartbeats[id] ?? (0, now, timeout ?? .seconds(30))
            sent.count += 1
            sent.timeout = min(sent.timeout, timeout ?? sent.timeout)
            heartbeats[id] = sent
            let most = (now - sent.since).milliseconds * 2 / sent.timeout.milliseconds + Int64(Self.heartbeatsBeside)
            guard sent.count > Int(most) + restarts else { return nil }
            return "\(sent.count) heartbeats for \(id) in \(now - sent.since), with a timeout of \(sent.timeout)"
        case .complete(let id, _, _):
            completions[id, default: 0] += 1
            guard let sent = completions[id], sent > Self.mostCompletions + restarts else { return nil }
            return "\(id) is completed \(sent) times"
        case .setDraining, .setActive, .deregister, .stopTask: return nil
        }
    }
}
