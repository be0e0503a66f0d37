extension World {
    /// An ELBv2 target group of instance targets, and the traffic that comes through it.
    public struct TargetGroup: Hashable, Sendable {
        public let name: String
        public let arn: String
        /// `deregistration_delay.timeout_seconds`; AWS's default is 300 s.
        public var deregistrationDelay: Duration
        public let healthCheckInterval: Duration
        public let healthyThreshold: Int
        public let unhealthyThreshold: Int
        public let port: Int
        public internal(set) var targets: [Target] = []
        var traffic: Traffic

        public init(
            name: String, deregistrationDelay: Duration = .seconds(300), healthCheckInterval: Duration = .seconds(30),
            healthyThreshold: Int = 5, unhealthyThreshold: Int = 2, requestsPerSecond: Int = 0,
            requestDuration: Duration = .milliseconds(200), port: Int = 80
        ) {
            self.name = name
            self.arn = ""
            self.deregistrationDelay = deregistrationDelay
            self.healthCheckInterval = healthCheckInterval
            self.healthyThreshold = healthyThreshold
            self.unhealthyThreshold = unhealthyThreshold
            self.port = port
            traffic = Traffic(requestsPerSecond: requestsPerSecond, requestDuration: requestDuration)
        }
    }

    /// A target: an instance and a port.
    public struct Target: Hashable, Sendable {
        public let instanceID: String
        public let port: Int
        public internal(set) var state: TargetState
        /// `Elb.RegistrationInProgress`, `Target.FailedHealthChecks`, `Target.DeregistrationInProgress`, …; nil when
        /// healthy.
        public internal(set) var reason: String?
        public internal(set) var registeredAt: WorldTime
        let task: Task.ID?
        /// Events of an older step are void.
        var step = 0
        var arrivals: [Traffic.Arrivals] = []
    }

    /// `TargetHealth.State`. A target that is gone is simply not listed (asked for by name, it is `unused`,
    /// `Target.NotRegistered`).
    public enum TargetState: String, Hashable, Sendable {
        case initial
        case healthy
        case unhealthy
        case draining
    }

    /// What traffic to a target group or service has met with.
    public struct Requests: Hashable, Sendable {
        public internal(set) var served: Int
        public internal(set) var lost: Int
    }
}
