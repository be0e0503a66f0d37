public import DrainModel

/// The engine as a value: it is told what happened and says what to do. It reads no clock, awaits nothing and holds
/// no reference, so a simulation can stop it between any two effects and replay any run.
///
/// It promises, whatever happens between the effects it asks for:
/// - one look per cluster and poll interval, for all of its drains;
/// - a call for a drain is asked for only after the record that decided it is durable;
/// - of one kind of call for one drain, one is under way at a time;
/// - heartbeats and deadlines need no look.
public struct DrainRunner: Sendable {
    let policy: DrainPolicy
    var drains: [DrainID: TrackedDrain] = [:]
    var watches: [ClusterName: ClusterWatch] = [:]
    var hooks: [HookKey: HookReading] = [:]
    var search = Search()
    var commit = Commit()

    public init(policy: DrainPolicy) { self.policy = policy }

    /// What happened outside.
    public enum Input: Hashable, Sendable {
        /// Drains that are recorded: just accepted, or found in the ledger at start.
        case accepted(Drain)
        case recovered([Drain])
        case located(Whereabouts)
        case locateFailed(ObservationFailure)
        case hookRead(LifecycleHookName, AutoScalingGroupName, LifecycleHookTiming?)
        case hookReadFailed(LifecycleHookName, AutoScalingGroupName, ObservationFailure)
        case looked(ClusterSnapshot)
        case lookFailed(ClusterName, ObservationFailure)
        case persisted
        case persistFailed(reason: String)
        case answered([Call: CallAnswer])
        /// ``DrainRunner/wakeAt`` has come.
        case tick
    }

    /// What to do outside; each is answered by an ``Input``.
    public enum Effect: Hashable, Sendable {
        /// In one transaction. The next is asked for only after this one is answered.
        case persist([Drain])
        case locate(Set<InstanceID>)
        case readHook(LifecycleHookName, AutoScalingGroupName)
        case look(LookRequest)
        case perform([Call])
    }

    /// The drains as decided so far, in no order.
    public var current: [Drain] { drains.values.map(\.drain) }

    /// Takes in what happened and says what to do now.
    public mutating func handle(_ input: Input, at now: Timestamp) -> [Effect] {
        for id in drains.keys { drains[id]?.endRests(at: now) }
        take(input, at: now)
        for id in drains.keys { step(id) { drain, policy in DrainMachine.passTime(drain, at: now, policy: policy) } }
        return searchEffects(at: now) + hookEffects(at: now) + lookEffects(at: now) + commitEffects(at: now)
            + callEffects()
    }

    /// When to be woken although nothing happened; nil while there is nothing to do.
    public var wakeAt: Timestamp? {
        var moments: [Timestamp] = drains.values.flatMap { $0.moments(policy: policy) }
        if !search.isUnderWay, drains.values.contains(where: \.isUnlocated) { moments.append(search.dueAt) }
        for watch in watches.values where !watch.isUnderWay && drains(in: watch.cluster).contains(where: \.needsLook) {
            moments.append(watch.dueAt)
        }
        for reading in hooks.values where !reading.isUnderWay && reading.timing == nil { moments.append(reading.dueAt) }
        if !commit.isUnderWay, drains.values.contains(where: \.isDirty) { moments.append(commit.dueAt) }
        return moments.min()
    }

    private mutating func take(_ input: Input, at now: Timestamp) {
        switch input {
        case .accepted(let drain): track(drain, isRecovered: false, at: now)
        case .recovered(let drains): for drain in drains { track(drain, isRecovered: true, at: now) }
        case .located(let whereabouts): takeWhereabouts(whereabouts, at: now)
        case .locateFailed(let failure):
            search.end(dueAt: now + policy.retryInterval)
            for id in drains.keys where drains[id]?.isUnlocated == true {
                step(id) { drain, _ in .init(DrainMachine.lookFailed(drain, failure.description, at: now)) }
            }
        case .hookRead(let hook, let group, let timing): takeTiming(timing, of: hook, in: group, at: now)
        case .hookReadFailed(let hook, let group, _):
            hooks[HookKey(hook: hook, group: group)]?.end(dueAt: now + policy.retryInterval)
        case .looked(let snapshot):
            watches[snapshot.cluster]?.isUnderWay = false
            for tracked in drains(in: snapshot.cluster) {
                step(tracked.drain.id) { drain, policy in
                    DrainMachine.judge(drain, by: snapshot, at: now, policy: policy)
                }
            }
        case .lookFailed(let cluster, let failure):
            watches[cluster]?.isUnderWay = false
            for tracked in drains(in: cluster) {
                step(tracked.drain.id) { drain, _ in
                    .init(DrainMachine.lookFailed(drain, failure.description, at: now))
                }
            }
        case .persisted: takeCommit(at: now)
        case .persistFailed: commit.fail(dueAt: now + policy.retryInterval)
        case .answered(let answers): takeAnswers(answers, at: now)
        case .tick: break
        }
    }

    /// Applies one decision to one drain and keeps what it asks for.
    mutating func step(_ id: DrainID, _ decide: (Drain, DrainPolicy) -> DrainMachine.Step) {
        guard let before = drains[id]?.drain else { return }
        let decided = decide(before, policy)
        if decided.drain != before { drains[id]?.change(to: decided.drain) }
        for call in decided.calls { drains[id]?.want(call) }
    }

    func drains(in cluster: ClusterName) -> [TrackedDrain] {
        drains.values.filter { $0.drain.location?.cluster == cluster }
    }
}
