extension World {
    /// What a drain is judged by where the definition of "drained" leaves a choice: the settings of whoever drains.
    public struct DrainRules: Hashable, Sendable {
        /// Standalone tasks may still run (`--standalone-tasks ignore`); else they must have STOPPED, by themselves
        /// or by `StopTask`.
        public var ignoresStandaloneTasks = false
        /// ECS stops daemon tasks last; they are waited for at most so long after the others.
        public var daemonGrace = Duration.seconds(120)

        public init() {}
    }
}
