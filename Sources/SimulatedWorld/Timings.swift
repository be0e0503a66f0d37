extension World {
    /// How long things take in a world. The defaults are those of a brisk real account; ``demo`` is in a hurry.
    public struct Timings: Hashable, Sendable {
        /// From launch until EC2 says `running` and the group says `InService`.
        public var boot: Duration = .seconds(30)
        /// From `InService` until the ECS agent has registered the container instance.
        public var registration: Duration = .seconds(15)
        /// From the last completed action until the machine is killed (`Terminating:Proceed`).
        public var proceed: Duration = .seconds(2)
        /// From the kill until ECS notices: the container instance goes INACTIVE, its tasks STOPPED, its targets are
        /// deregistered. The processes themselves are dead from the kill on.
        public var hostDeathNoticed: Duration = .seconds(30)
        /// From one look of ECS's managed draining at an instance to the next.
        public var managedDrainingInterval: Duration = .seconds(10)
        /// From a change until the service scheduler acts on it.
        public var schedulerDelay: Duration = .seconds(1)
        /// After a failed placement, the scheduler tries again at the latest after this.
        public var placementRetry: Duration = .seconds(15)
        /// How long a task without load balancer and health check must have been RUNNING before the scheduler counts
        /// it as healthy (AWS: 40 s).
        public var plainTaskStable: Duration = .seconds(40)
        /// From a stop asked for until the agent acts on it, and from its reconnection until it tells what it knows.
        public var agentDelay: Duration = .milliseconds(500)
        /// PROVISIONING, ACTIVATING and DEPROVISIONING, each. PENDING, STOPPING are the task definition's,
        /// DEACTIVATING the target group's.
        public var taskTransition: Duration = .seconds(1)
        /// How long a STOPPED task stays listed (AWS: at least one hour).
        public var stoppedTaskRetention: Duration = .seconds(3600)
        /// Added to the time a task needs to become healthy (container health, target health, or, with neither,
        /// to start). Set it after a scenario has settled and only replacements are slow.
        public var replacementHealthDelay: Duration = .zero
        /// Whatever machines, agents, tasks and the scheduler need time for may take up to so many percent longer, each
        /// time anew. Timeouts and deregistration delays are exact, but for what comes after them.
        public var variation = 0
        /// SNS gives up waiting for an endpoint's answer after this.
        public var deliverySilence: Duration = .seconds(15)

        public init() {}
    }

    /// Whose account it is.
    public struct Account: Hashable, Sendable {
        public var region: String
        public var id: String

        public init(region: String = "eu-west-1", id: String = "123456789012") {
            self.region = region
            self.id = id
        }

        package func arn(_ service: String, _ resource: String) -> String {
            "arn:aws:\(service):\(region):\(id):\(resource)"
        }
    }
}
