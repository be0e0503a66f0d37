extension World {
    /// What tests and summaries judge by, seen by nobody inside the account.
    public struct ServiceTruth: Hashable, Sendable {
        public let cluster: String
        public let name: String
        public let desiredCount: Int
        /// Of ``desiredCount``, by the service's `minimumHealthyPercent`, rounded up.
        public let minimum: Int
        /// Tasks that really run, on living machines, healthy by their container's check and by their load balancer's.
        public let inService: Int
        /// The least ``inService`` since ``World/markTruth()``.
        public let leastInService: Int
        /// Since ``World/markTruth()``.
        public let requests: Requests
    }

    /// One instance's end, seen from outside.
    public struct InstanceTruth: Hashable, Sendable {
        public let instanceID: String
        /// When the first of its hooks began to wait.
        public let actionStartedAt: WorldTime
        /// When a notification of its hooks was first answered with 2xx.
        public let notificationDeliveredAt: WorldTime?
        /// When, while it waited, a task of one of its services, created since, last came into service elsewhere.
        public let lastReplacementHealthyAt: WorldTime?
        /// Since when every condition of a drain has held; nil: one does not.
        public let drainedAt: WorldTime?
        public let actionCompletedAt: WorldTime?
        public let result: LifecycleActionResult?
        public let diedAt: WorldTime?
    }

    /// A lifecycle action completed with CONTINUE by a call though the instance was not drained.
    public struct Violation: Hashable, Sendable {
        public let at: WorldTime
        public let instanceID: String
        /// The hook whose action it was: with several, each is judged.
        public let hook: String
        public let kind: Kind
        /// The task's ARN, the service's name or the target group's name.
        public let subject: String
        public let detail: String

        public enum Kind: String, Hashable, Sendable {
            /// A service's task that was on the instance is not STOPPED.
            case taskNotStopped
            /// A standalone task is not STOPPED (right only if the policy is to ignore them).
            case standaloneTaskNotStopped
            /// A service that had tasks there lacks healthy ones elsewhere.
            case serviceBelowDesired
            /// A target group of such a service lacks healthy targets elsewhere.
            case targetGroupBelowDesired
            /// A target of the instance is still draining.
            case targetStillDraining
        }
    }

    /// What stands against calling an instance drained.
    public struct UnmetConditions: Hashable, Sendable {
        /// Tasks not STOPPED: once nothing can be placed on the instance any more, this only improves.
        public let tasks: [Finding]
        /// What its services lack on other instances, and its targets that still drain: this may come and go.
        public let services: [Finding]

        public var isEmpty: Bool { tasks.isEmpty && services.isEmpty }

        public struct Finding: Hashable, Sendable {
            public let kind: Violation.Kind
            /// The task's ARN, the service's name or the target group's name.
            public let subject: String
            public let detail: String
        }
    }

    /// A call to an operation that a test may want to see in time.
    public struct APICall: Hashable, Sendable {
        public let at: WorldTime
        public let service: String
        public let operation: String
    }
}
