public import DrainModel

/// What came of a run.
public struct Outcome: Sendable {
    public let seed: UInt64
    public let violation: Violation?
    public let simulated: Duration
    public let statistics: Statistics
    /// As recorded in the end, in order of their ids.
    public let drains: [Drain]
    /// Equal for two runs in which the same happened in the same order.
    public let fingerprint: UInt64
    /// In words, if that was asked for.
    public let trace: [String]
}

/// A promise that was not kept.
public struct Violation: Error, Hashable, Sendable {
    public let invariant: Invariant
    /// Since the start of the run.
    public let at: Duration
    public let text: String

    /// By the numbers of the issue.
    public enum Invariant: Int, Hashable, Sendable {
        case neverEarly = 1
        case onceEach = 2
        case neverExpired = 3
        case nothingLost = 4
        case alwaysExplained = 5
        case withinBudget = 6
        case neverRestless = 7
        case oneDecider = 8
    }
}

public struct Statistics: Hashable, Sendable {
    public var calls = 0
    public var events = 0
    public var crashes = 0
    /// How often another replica than before began to decide.
    public var takeovers = 0
    /// What befell single replicas, beside crashes.
    public var troubles = 0
    /// Spot instances that EC2 took back.
    public var interruptions = 0
    public var faults = 0
    /// Events that told of a change at AWS.
    public var hints = 0
    /// Tasks of replica services that were started after the beginning.
    public var tasksStarted = 0
    public var drains: [DrainOutcome: Int] = [:]
    /// Still open at the end, which only a violation leaves.
    public var openDrains = 0

    public init() {}

    public static func += (sum: inout Self, other: Self) {
        sum.calls += other.calls
        sum.events += other.events
        sum.crashes += other.crashes
        sum.takeovers += other.takeovers
        sum.troubles += other.troubles
        sum.interruptions += other.interruptions
        sum.faults += other.faults
        sum.hints += other.hints
        sum.tasksStarted += other.tasksStarted
        sum.drains.merge(other.drains, uniquingKeysWith: +)
        sum.openDrains += other.openDrains
    }
}
