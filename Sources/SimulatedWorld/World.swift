/// An AWS account in one region under virtual time, as far as a drain can see it.
///
/// A value: copy it and both copies go their own ways; drive it twice with the same seed and the same calls, and both
/// histories are equal. Nothing happens but in ``advance(to:)`` and in the operations, which are AWS's, by AWS's names,
/// and act at ``now``.
public struct World: Sendable {
    public let account: Account
    public var timings: Timings
    public internal(set) var now: WorldTime
    /// In order of creation.
    public internal(set) var autoScalingGroups: [AutoScalingGroup] = []
    /// Every lifecycle action there ever was, in order of start.
    public internal(set) var lifecycleActions: [LifecycleAction] = []
    /// Every warning that EC2 takes a Spot instance back, in order of time.
    public internal(set) var spotInterruptions: [SpotInterruption] = []
    /// In order of creation.
    public internal(set) var clusters: [Cluster] = []
    /// In order of creation.
    public var targetGroups: [TargetGroup] { balancers.filter { !$0.isClassic } }
    /// In order of creation.
    public internal(set) var topics: [Topic] = []
    public internal(set) var deliveryCounts = DeliveryCounts()
    /// Every violation there ever was.
    public internal(set) var violations: [Violation] = []
    /// Calls so far, by `service:Operation`.
    public internal(set) var apiCalls: [String: Int] = [:]
    /// Of those, the throttled ones.
    public internal(set) var throttledCalls: [String: Int] = [:]
    /// CompleteLifecycleAction and RecordLifecycleActionHeartbeat, refused ones included, in order.
    public internal(set) var lifecycleCalls: [APICall] = []

    /// What completions are judged by.
    public var drainRules = DrainRules() {
        didSet { judgeAnewByRules() }
    }

    /// What goes wrong; nothing unless it is set.
    public var faults = Faults()

    /// Names whatever comes to be in the account.
    var random: SeededGenerator
    /// Names what exists in an answer only, so that one call more shifts no name in the account.
    var answerRandom: SeededGenerator
    /// Draws how long things take, where ``Timings/variation`` lets them vary.
    var timingRandom: SeededGenerator
    var agenda = Agenda<Event>()

    // Tables, by the number of the handle; dictionaries only to find a number by AWS's name, never to walk through,
    // for their order differs from run to run.
    var instanceTable: [Instance] = []
    var instancesByID: [String: Instance.ID] = [:]
    var actionsByToken: [String: LifecycleAction.ID] = [:]
    var containerInstanceTable: [ContainerInstance] = []
    var containerInstancesByShortID: [String: ContainerInstance.ID] = [:]
    var serviceTable: [Service] = []
    var taskTable = TaskTable()
    var tasksByShortID: [String: Task.ID] = [:]
    var taskDefinitions: [TaskDefinition] = []
    /// By `family` (its newest) and by `family:revision`.
    var taskDefinitionsByName: [String: Int] = [:]
    var clustersByName: [String: Int] = [:]
    var groupsByName: [String: Int] = [:]
    /// By `cluster/name`; of services of one name, the newest.
    var servicesByName: [String: Service.ID] = [:]
    /// Target groups and classic load balancers, in order of creation.
    var balancers: [TargetGroup] = []
    var targetGroupsByARN: [String: Int] = [:]
    var loadBalancersByName: [String: Int] = [:]
    var targetCount = 0
    var subscriptions: [Subscription] = []
    /// Where a rule of EventBridge sends the events of ECS, if there is one.
    var eventTopicARN: String?
    var outbox = Outbox()
    var endings: [Ending] = []
    var openEndings: [Int] = []
    /// Endings to be judged anew, for something that they depend on has changed since.
    var staleEndings: [Int] = []

    public init(account: Account = Account(), timings: Timings = Timings(), seed: UInt64, startingAt now: WorldTime) {
        self.account = account
        self.timings = timings
        self.now = now
        random = SeededGenerator(seed: seed)
        answerRandom = SeededGenerator(seed: seed, stream: 1)
        timingRandom = SeededGenerator(seed: seed, stream: 3)
    }

    /// Lets everything happen that is due up to that moment, in order; an earlier moment than ``now`` does nothing.
    public mutating func advance(to time: WorldTime) {
        noteDrained()
        while let (at, event) = agenda.next(dueAt: time) {
            now = max(now, at)
            happen(event)
            noteDrained()
        }
        now = max(now, time)
    }

    /// When the next event or delivery is due, if anything is: a driver on a real clock need not wake earlier.
    public var nextEventAt: WorldTime? {
        switch (agenda.nextAt, outbox.nextAt) {
        case (let event?, let delivery?): min(event, delivery)
        case (let event, let delivery): event ?? delivery
        }
    }

    /// What names one answered request, a UUID.
    package mutating func newRequestID() -> String { answerRandom.uuid() }

    public subscript(_ id: Instance.ID) -> Instance { instanceTable[id.number] }
    public subscript(_ id: ContainerInstance.ID) -> ContainerInstance { containerInstanceTable[id.number] }
    public subscript(_ id: Service.ID) -> Service { serviceTable[id.number] }
    /// Nil once ECS does not list it any more.
    public subscript(_ id: Task.ID) -> Task? { taskTable[id] }
}
