/// How drains are to be carried out: the operator's settings, and the constants that AWS's own behaviour asks for.
public struct DrainPolicy: Hashable, Sendable {
    /// From acceptance to the deadline.
    public var drainTimeout: Duration
    public var onTimeout: LifecycleActionResult
    public var standaloneTasks: StandaloneTasks
    /// The shortest time between two looks at one cluster.
    public var pollInterval: Duration
    public var detach: DetachMode = .drain
    /// The most drains of one cluster that are in progress; the others wait, with heartbeats. 0: no limit.
    public var maximumConcurrent = 0

    /// How long what AWS answers may lag behind what it knows: a decision rests on a look that began this long after
    /// the instance was out of service, when no task can be on its way to it any more. AWS promises no bound ("eventual
    /// consistency", RunTask in the ECS API reference); a second is common.
    public var consistencyMargin: Duration = .seconds(5)
    /// How long an instance that is in no served cluster may still be about to register. An instance can be told to
    /// terminate while it boots, so one look that does not find it proves nothing.
    public var registrationDelay: Duration = .seconds(180)
    /// How long ECS may seem not to know a task that it knew before: it remembers a stopped task for an hour, so a
    /// single answer proves nothing.
    public var missingTaskDelay: Duration = .seconds(60)
    /// How long a drain waits to see which tasks are protected from scale-in. ECS itself does not respect it when it
    /// drains, so a missing permission must not keep the instance until its deadline.
    public var protectionPatience: Duration = .seconds(60)
    /// How long daemon tasks, which ECS stops last, are waited for after all others ended.
    public var daemonGrace: Duration = .seconds(120)
    /// How long before Auto Scaling's own limit the deadline lies at the latest, so that the answer still counts.
    public var limitMargin: Duration = .seconds(60)
    /// From EC2's warning until it takes a Spot instance back.
    /// Source: EC2 user guide, "Spot Instance interruption notices".
    public var spotNotice: Duration = .seconds(120)
    /// How long before EC2 takes an instance back standalone tasks are stopped that were to end by themselves. ECS gives a
    /// container 30 seconds between SIGTERM and SIGKILL (`stopTimeout`, if its task definition says nothing else); as
    /// long again is left for the look that asks and for the agent.
    public var standaloneTaskLead: Duration = .seconds(60)
    /// The pause after a call that failed, before it is tried again.
    public var retryInterval: Duration = .seconds(5)

    /// How an instance is taken out of service.
    public enum DetachMode: String, Hashable, Sendable {
        /// State DRAINING: ECS moves the tasks within the services' deployment limits.
        case drain
        /// DeregisterContainerInstance with force: ECS starts replacements at once, and the containers, which it has
        /// forgotten, go on serving what still reaches them.
        case deregister
    }

    /// What becomes of tasks that no service owns; DRAINING does nothing to them.
    public enum StandaloneTasks: Hashable, Sendable {
        case wait, stop, ignore
        /// Counted from the drain's acceptance.
        case stopAfter(Duration)
    }

    public init(
        drainTimeout: Duration = .seconds(3600), onTimeout: LifecycleActionResult = .continue,
        standaloneTasks: StandaloneTasks = .wait, pollInterval: Duration = .seconds(5)
    ) {
        self.drainTimeout = drainTimeout
        self.onTimeout = onTimeout
        self.standaloneTasks = standaloneTasks
        self.pollInterval = pollInterval
    }
}

/// Auto Scaling's own time limits of one lifecycle hook.
public struct LifecycleHookTiming: Hashable, Sendable {
    /// Seconds without a heartbeat after which Auto Scaling takes the hook's default result: 30 to 7200.
    public let heartbeatTimeoutSeconds: Int

    public init(heartbeatTimeoutSeconds: Int) { self.heartbeatTimeoutSeconds = heartbeatTimeoutSeconds }

    /// The end of all waiting, heartbeats or not: 48 hours or 100 heartbeat timeouts, whichever is less.
    /// Source: Auto Scaling API, `LifecycleHook.GlobalTimeout`.
    public var globalTimeout: Duration { min(Self.longestWait, .seconds(100 * heartbeatTimeoutSeconds)) }

    /// The longest heartbeat timeout that AWS allows: without a heartbeat, no action waits longer.
    public static let longest = Duration.seconds(7200)

    /// No action is waited for any longer, whatever its hook says.
    public static let longestWait = Duration.seconds(48 * 3600)

    /// The shortest heartbeat timeout that AWS allows: what is assumed while the hook has not been read.
    public static let shortest = Self(heartbeatTimeoutSeconds: 30)
}
