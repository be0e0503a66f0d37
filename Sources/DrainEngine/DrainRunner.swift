public import DrainModel

/// The engine as a value: it is told what happened and says what to do. It reads no clock, awaits nothing and holds
/// no reference, so a simulation can stop it between any two effects and replay any run.
///
/// It promises, whatever happens between the effects it asks for:
/// - one look per cluster and poll interval at the most, for all of its drains;
/// - a call for a drain is asked for only after the record that decided it is durable;
/// - of one kind of call for one drain, one is under way at a time;
/// - heartbeats and deadlines need no look;
/// - AWS's request rates are used up to the configured share; only heartbeats and completions never wait for that.
public struct DrainRunner: Sendable {
    let policy: EnginePolicy
    var drains: [DrainID: TrackedDrain] = [:]
    var watches: [ClusterName: ClusterWatch] = [:]
    var hooks: [AutoScalingGroupName: HookReading] = [:]
    var search = Search()
    var sweeps = Sweeps()
    var commit = Commit()
    var budget: APIBudget
    /// And when each was sent.
    var readsUnderWay: [Read: Timestamp] = [:]
    /// Which task definitions have a health check.
    var healthChecks: [String: Bool] = [:]
    /// In which cluster instances of a group were found last.
    var homes: [AutoScalingGroupName: ClusterName] = [:]
    /// When EC2 takes Spot instances back, as far as it has warned: for drains that come in after the warning.
    var takenBack: [InstanceID: Timestamp] = [:]
    /// What ended not long ago: a message that comes late, or a look at Auto Scaling that lags, does not begin it anew.
    var ended = Ended()
    var seenVersions = SeenVersions()

    public init(policy: EnginePolicy) {
        self.policy = policy
        budget = APIBudget(share: policy.apiShare)
    }

    /// What happened outside.
    public enum Input: Hashable, Sendable {
        /// Drains that are recorded: just accepted, or found in the ledger at start.
        case accepted(Drain)
        case recovered([Drain])
        /// An adoption that the runner asked for was not recorded.
        case notAdopted(LifecycleAction)
        /// EC2 recommends to replace a Spot instance.
        case rebalanceRecommended(InstanceID, at: Timestamp)
        /// Something has changed; without any such word the polls find it too, only later.
        case hinted(ChangeHint)
        case read(Read, ReadAnswer)
        case persisted
        case persistFailed(reason: String)
        case answered([Call: CallAnswer])
        /// An operator's word.
        case seekAction(DrainID)
        case cancel(DrainID)
        case force(DrainID, LifecycleActionResult)
        /// ``DrainRunner/wakeAt`` has come.
        case tick
    }

    /// What to do outside; each is answered by an ``Input``.
    public enum Effect: Hashable, Sendable {
        /// In one transaction. The next is asked for only after this one is answered.
        case persist([Drain])
        /// Record a drain for an action that no message told of; answered as ``Input/accepted(_:)`` or
        /// ``Input/notAdopted(_:)``.
        case adopt(LifecycleAction)
        case read(Read)
        case perform([Call])
    }

    /// The drains as decided so far, in no order.
    public var current: [Drain] { drains.values.map(\.drain) }

    /// Takes in what happened and says what to do now.
    public mutating func handle(_ input: Input, at now: Timestamp) -> [Effect] {
        for id in drains.keys { drains[id]?.endRests(at: now) }
        take(input, at: now)
        for id in drains.keys {
            step(id) { drain, policy in DrainMachine.passTime(drain, at: now, policy: policy) }
        }
        beginSearch(at: now)
        beginLooks(at: now)
        let adoptions = sweepEffects(at: now)
        return callEffects(at: now) + commitEffects(at: now) + adoptions + readEffects(at: now)
    }

    /// Whether everything that is decided about a drain is durable.
    public func isRecorded(_ id: DrainID) -> Bool { drains[id].map { !$0.isDirty } ?? true }

    /// When to be woken although nothing happened; nil while there is nothing to do.
    public func wakeAt(after now: Timestamp) -> Timestamp? {
        var moments: [Timestamp] = drains.values.flatMap(\.moments)
        if search.current == nil, drains.values.contains(where: \.isUnlocated) { moments.append(search.dueAt) }
        for watch in watches.values where watch.look == nil && drains(in: watch.cluster).contains(where: \.needsLook) {
            moments.append(watch.dueAt)
        }
        // What is due already is wanted, and waits for its answer or for the budget.
        moments += hooks.filter { hasActions(of: $0.key) }.map(\.value.dueAt).filter { $0 > now }
        if sweeps.current == nil, sweepsAreWanted { moments.append(sweeps.dueAt) }
        if !commit.isUnderWay, drains.values.contains(where: \.isDirty) { moments.append(commit.dueAt) }
        moments += heldCallMoments(at: now) + waitingReadMoments(at: now)
        return moments.min()
    }

    private mutating func take(_ input: Input, at now: Timestamp) {
        switch input {
        case .accepted(let drain): track(drain, isRecovered: false, at: now)
        case .recovered(let drains):
            for drain in drains { track(drain, isRecovered: true, at: now) }
        case .notAdopted(let action): sweeps.adopting.remove(.init(action))
        case .rebalanceRecommended(let instance, let recommendedAt):
            for id in ids(of: instance) {
                step(id) { drain, _ in
                    .init(DrainMachine.rebalanceRecommended(drain, recommendedAt: recommendedAt, at: now))
                }
            }
        case .hinted(let hint): take(hint, at: now)
        case .read(let read, let answer): take(read, answer, at: now)
        case .persisted: takeCommit(at: now)
        case .persistFailed: commit.fail(dueAt: now + policy.drain.retryInterval)
        case .answered(let answers): takeAnswers(answers, at: now)
        case .seekAction(let id):
            step(id) { drain, _ in .init(DrainMachine.seekAction(drain, at: now)) }
            sweeps.hurry(to: now)
        case .cancel(let id):
            let instance = drains[id]?.drain.instance
            let others = drains.values.filter { $0.drain.id != id && $0.drain.instance == instance && !$0.isFinished }
            let isOurs = drains[id]?.drain.drainingSetByUs ?? false
            step(id) { drain, _ in DrainMachine.cancel(drain, keepsDraining: !others.isEmpty, at: now) }
            // Whoever needs it out of service last undoes it.
            for other in others where isOurs { step(other.drain.id) { drain, _ in .init(DrainMachine.inherit(drain)) } }
        case .force(let id, let result): step(id) { drain, _ in DrainMachine.force(drain, result, at: now) }
        case .tick: break
        }
    }

    /// Applies one decision to one drain and keeps what it asks for.
    mutating func step(_ id: DrainID, _ decide: (Drain, DrainPolicy) -> DrainMachine.Step) {
        guard let before = drains[id]?.drain else { return }
        let decided = decide(before, policy.drain)
        if decided.drain != before { drains[id]?.change(to: decided.drain) }
        for call in decided.calls { drains[id]?.want(call) }
    }

    func ids(of instance: InstanceID) -> [DrainID] {
        drains.filter { $0.value.drain.instance == instance }.keys.sorted()
    }

    func drains(in cluster: ClusterName) -> [TrackedDrain] {
        drains.values.filter { $0.drain.location?.cluster == cluster }
    }
}
