public import DrainEngine
public import DrainModel
public import SimulatedWorld

/// All that one run is about: an account, what draind is told to do there, what happens, and what goes wrong. A value,
/// so that a test can write one down; ``Plan/drawn(from:)`` draws one.
public struct Plan: Hashable, Sendable {
    /// Of everything that is drawn while it runs.
    public var seed: UInt64
    public var clusters: [ClusterPlan] = []
    public var policy = EnginePolicy()
    public var timings = World.Timings()
    /// In order of time.
    public var script: [Scripted] = []
    public var faults = FaultPlan()
    /// Whether ECS's events reach draind, as far as messages do.
    public var sendsEvents = false
    /// Where the process dies, one after the other.
    public var crashPoints: [CrashPoint] = []
    /// From the start, until nothing more happens and nothing more goes wrong.
    public var duration: Duration = .seconds(600)
    /// The most items in one page of a list.
    public var pageSize = 100
    /// Several share the ledger.
    public var replicas = [ReplicaPlan()]

    public init(seed: UInt64) { self.seed = seed }
}

/// A cluster, its one Auto Scaling group `CLUSTER-asg`, and what runs there.
public struct ClusterPlan: Hashable, Sendable {
    public var name: String
    public var instances: Int
    public var resources = World.Resources(cpu: 4096, memory: 8192)
    public var hooks: [HookPlan] = [HookPlan()]
    public var services: [World.Scenario.ServicePlan] = []
    public var standaloneTasks = 0
    public var classicLoadBalancers: [World.ClassicLoadBalancer] = []
    public var warmPool: World.WarmPool?
    public var retainsAbandoned = false
    /// Through which the group feeds the cluster.
    public var capacityProvider: String?
    /// ECS's own managed draining beside ours.
    public var hasManagedDraining = false

    public init(_ name: String, instances: Int) {
        self.name = name
        self.instances = instances
    }

    public var group: String { "\(name)-asg" }
}

/// A terminate hook of a group.
public struct HookPlan: Hashable, Sendable {
    public var name = "drain"
    public var heartbeatTimeout: Duration = .seconds(120)
    /// Whether it publishes where draind listens; others are somebody else's, who lets them time out.
    public var isOurs = true
    public var namesCluster = false

    public init() {}
}

/// One thing that happens at a time, by whoever. What it names is chosen by number among what there is then, so that
/// any number fits.
public struct Scripted: Hashable, Sendable {
    public var at: Duration
    public var event: Event

    public init(at: Duration, _ event: Event) {
        self.at = at
        self.event = event
    }

    public enum Event: Hashable, Sendable {
        /// The group is to have so many fewer.
        case scaleIn(cluster: Int, by: Int)
        case scaleOut(cluster: Int, by: Int)
        /// An instance is terminated, and another takes its place.
        case replace(cluster: Int, instance: Int)
        /// Every instance is, at once.
        case replaceAll(cluster: Int)
        /// The machine dies.
        case kill(cluster: Int, instance: Int)
        /// It is stopped; its agent falls silent, and ECS learns no more.
        case stop(cluster: Int, instance: Int)
        /// A Spot instance is taken back in two minutes.
        case interrupt(cluster: Int, instance: Int)
        /// The agent is away for so many seconds.
        case disconnectAgent(cluster: Int, instance: Int, seconds: Int)
        case connectAgent(instanceID: String)
        /// The agent registers the instance once more.
        case resetAgent(cluster: Int, instance: Int)
        /// It is protected from scale-in, which chooses another from then on.
        case protectInstance(cluster: Int, instance: Int)
        /// An instance refresh, so many at a time.
        case refresh(cluster: Int, by: Int)
        case deploy(cluster: Int, service: Int)
        /// A version that does not work.
        case deployBroken(cluster: Int, service: Int)
        /// A service's tasks are protected from scale-in for so many minutes.
        case protect(cluster: Int, service: Int, minutes: Int)
        case scaleService(cluster: Int, service: Int, to: Int)
        case deleteService(cluster: Int, service: Int)
        /// The hook's heartbeat timeout is another from now on; actions that have begun keep theirs.
        case changeHook(cluster: Int, seconds: Int)
        /// The hook is deleted, which ends what waits for it, and put again a minute later.
        case deleteHook(cluster: Int)
        case putHook(World.LifecycleHook)
        case runTask(cluster: Int)
        case stopTask(cluster: Int, task: Int)
        /// Somebody else sets an instance to DRAINING, or back.
        case setState(cluster: Int, instance: Int, isDraining: Bool)
        /// An operator asks draind, perhaps to complete the pending action as well.
        case drain(cluster: Int, instance: Int, completes: Bool)
        case cancel(Int)
        case force(Int)
        /// Somebody else completes an action that draind is to complete.
        case answerByHand(Int)
        case crash
        /// Of one by its number, or of the one that decides.
        case trouble(Trouble, of: Int?)
    }
}

/// A point between the effects for a drain at which the process dies.
public struct CrashPoint: Hashable, Sendable {
    public let phase: DrainPhase
    public let moment: Moment

    public enum Moment: Hashable, Sendable, CaseIterable {
        /// The record of that phase was to be written, and is not.
        case beforeWrite
        /// It is written, and the calls that it decides are not made.
        case betweenWriteAndCall
        /// A call was carried out, and its answer is not recorded.
        case betweenCallAndWrite
    }

    public init(_ phase: DrainPhase, _ moment: Moment) {
        self.phase = phase
        self.moment = moment
    }
}
