import Foundation
import UnixSignals

extension UnixSignalsSequence {
    /// Whatever tells a program at a terminal to end: Ctrl-C, `kill`, and the terminal's own end, unless whoever started
    /// it (`nohup`) has that ignored.
    static func endings() async -> UnixSignalsSequence {
        var hangUp = sigaction()
        sigaction(SIGHUP, nil, &hangUp)
        let isIgnored = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
        return await UnixSignalsSequence(trapping: [.sigint, .sigterm] + (isIgnored ? [] : [.sighup]))
    }
}
