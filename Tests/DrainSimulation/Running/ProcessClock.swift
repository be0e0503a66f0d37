import DrainModel
import SimulatedWorld

/// The wall clock of draind's machine: it drifts, and is set now and then. The world's own time is the true one.
struct ProcessClock {
    private var setAt: WorldTime
    private var shown: Timestamp
    /// Milliseconds more than have passed, in a thousand seconds.
    private let drift: Int64

    init(startingAt start: WorldTime, driftInMillionths drift: Int) {
        setAt = start
        shown = Timestamp(start)
        self.drift = Int64(drift)
    }

    func now(at moment: WorldTime) -> Timestamp {
        let passed = (moment - setAt).milliseconds
        return shown + .milliseconds(passed + passed * drift / 1_000_000)
    }

    /// When it will show that time: the earliest such moment, if it is not set meanwhile.
    func moment(of time: Timestamp, notBefore earliest: WorldTime) -> WorldTime {
        let ahead = (time - shown).milliseconds
        var moment = max(earliest, setAt + .milliseconds(ahead * 1_000_000 / (1_000_000 + drift) - 1))
        while now(at: moment) < time { moment = moment + .milliseconds(1) }
        return moment
    }

    mutating func set(by jump: Duration, at moment: WorldTime) {
        shown = now(at: moment) + jump
        setAt = moment
    }
}

extension Timestamp {
    init(_ moment: WorldTime) { self.init(millisecondsSinceEpoch: moment.milliseconds) }
}
