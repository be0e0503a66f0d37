/// One of the draind that share a ledger; one alone has it for itself.
public struct ReplicaPlan: Hashable, Sendable {
    /// How far its wall clock is ahead.
    public var clockError = Duration.zero
    /// Of its wall clock, in parts of a million.
    public var clockDrift = 0

    public init(clockError: Duration = .zero, clockDrift: Int = 0) {
        self.clockError = clockError
        self.clockDrift = clockDrift
    }
}

/// What befalls one draind and not the others.
public enum Trouble: Hashable, Sendable {
    case crash(downFor: Duration)
    /// It is told to stop, as before an update: it hands over.
    case stop(downFor: Duration)
    /// It stands still. With its machine, no clock of it tells.
    case pause(Duration, withMachine: Bool)
    case cutOffFromLedger(Duration)
    case cutOffFromAWS(Duration)
}
