extension World {
    /// An ELBv2 target group of instance targets, and the traffic that comes through it.
    public struct TargetGroup: Hashable, Sendable {
        public let name: String
        public internal(set) var arn = ""
        /// `deregistration_delay.timeout_seconds`; AWS's default is 300 s.
        public var deregistrationDelay: Duration
        public let healthCheckInterval: Duration
        /// Described only: a new target must pass but one check, and in this world none recovers.
        public let healthyThreshold: Int
        /// So many checks in a row must fail before a target is unhealthy.
        public let unhealthyThreshold: Int
        public let port: Int
        /// In order of registration; by their numbers, too.
        public internal(set) var targets: [Target] = []
        var traffic: Traffic
        var isClassic = false
        /// The services that register their tasks here.
        var services: [Service.ID] = []
        var healthyTargets = Tally()
        var drainingTargets = Tally()

        /// - Parameters:
        ///   - requestsPerSecond: the steady traffic that comes in.
        ///   - requestDuration: how long a request is in flight: what a target that dies takes with it.
        public init(
            name: String, deregistrationDelay: Duration = .seconds(300), healthCheckInterval: Duration = .seconds(30),
            healthyThreshold: Int = 5, unhealthyThreshold: Int = 2, requestsPerSecond: Int = 0,
            requestDuration: Duration = .milliseconds(200), port: Int = 80
        ) {
            self.name = name
            self.deregistrationDelay = deregistrationDelay
            self.healthCheckInterval = max(healthCheckInterval, .milliseconds(1))
            self.healthyThreshold = healthyThreshold
            self.unhealthyThreshold = max(unhealthyThreshold, 1)
            self.port = port
            traffic = Traffic(
                requestsPerSecond: requestsPerSecond, requestDuration: requestDuration.wholeMilliseconds)
        }

        /// Targets are in order of their numbers, so a binary search finds one.
        func index(ofTarget number: Int) -> Int? {
            let place = targets.partitioningIndex { $0.number >= number }
            return place < targets.count && targets[place].number == number ? place : nil
        }
    }

    /// A target: an instance and a port.
    public struct Target: Hashable, Sendable {
        public let instanceID: String
        let instance: Instance.ID
        public let port: Int
        public internal(set) var state: TargetState
        /// `Elb.RegistrationInProgress`, `Target.FailedHealthChecks`, `Target.DeregistrationInProgress`, …; nil when
        /// healthy.
        public internal(set) var reason: String?
        public let registeredAt: WorldTime
        let number: Int
        /// The task that listens there; nil: nobody does.
        let task: Task.ID?
        /// The truth behind ``state``: somebody answers.
        var isAlive: Bool
        /// Events of an older step are void.
        var step = 0
        var arrivals: [Traffic.Arrivals] = []

        /// Where to find it: the number of its group, and its own.
        struct Place: Hashable, Sendable {
            let group: Int
            let number: Int
        }
    }

    /// `TargetHealth.State`. A target that is gone is simply not listed (asked for by name, it is `unused`,
    /// `Target.NotRegistered`).
    public enum TargetState: String, Hashable, Sendable {
        case initial
        case healthy
        case unhealthy
        case draining
    }

    /// What has become of requests.
    public struct Requests: Hashable, Sendable {
        public var served = 0
        public var lost = 0

        public static func - (later: Self, earlier: Self) -> Self {
            Self(served: later.served - earlier.served, lost: later.lost - earlier.lost)
        }

        public static func + (one: Self, other: Self) -> Self {
            Self(served: one.served + other.served, lost: one.lost + other.lost)
        }
    }
}
