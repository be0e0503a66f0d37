import DrainModel

/// The search for lifecycle actions that nobody told us of, as a value: SNS gives an endpoint up after about a minute,
/// Auto Scaling itself always knows who waits.
///
/// An instance in `Terminating:Wait` is ours if one of its group's hooks publishes to where we listen. So is one that
/// waits on its way to the warm pool; whether that is for a termination hook, its first heartbeat will tell.
struct OrphanSweep: Sendable {
    private let groupsAskedFor: [AutoScalingGroupName]
    /// Empty for all.
    private let groupsToAdoptFrom: Set<AutoScalingGroupName>
    private let notificationTargets: Set<String>
    private var page: Read.PageToken?
    private var groupsAreKnown = false
    private(set) var failure: ReadFailure?
    private var waiting: [AutoScalingGroupName: [InstanceID]] = [:]
    /// Those of them that are on their way to the warm pool.
    private var entering: Set<InstanceID> = []
    /// Groups whose warm pool is still to be read, and from which page on.
    private var pools: [AutoScalingGroupName: Read.PageToken?] = [:]
    /// Groups whose warm pool could not be read: nobody knows who waits there.
    private(set) var unseenPools: Set<AutoScalingGroupName> = []
    private var hooks: [AutoScalingGroupName: [ObservedHook]] = [:]
    private var unreadHooks: [AutoScalingGroupName: ReadFailure] = [:]
    /// Whether each group keeps an instance whose termination was abandoned.
    private(set) var retention: [AutoScalingGroupName: Bool] = [:]

    /// - Parameters:
    ///   - groups: the only groups to adopt from; empty for all of the account and region.
    ///   - others: groups whose instances drain already, of which only the settings are to be known.
    ///   - notificationTargets: the topics and queues we listen to.
    init(
        of groups: [AutoScalingGroupName], beside others: Set<AutoScalingGroupName> = [],
        notificationTargets: Set<String>
    ) {
        groupsAskedFor = groups.isEmpty ? [] : Set(groups).union(others).sorted()
        groupsToAdoptFrom = Set(groups)
        self.notificationTargets = notificationTargets
    }

    var isComplete: Bool { wanted.isEmpty }

    /// Whether it could read all that it wanted.
    var isWhole: Bool { failure == nil && unreadHooks.isEmpty && unseenPools.isEmpty }

    var wanted: [Read] {
        if failure != nil { return [] }
        if !groupsAreKnown { return [.describeAutoScalingGroups(groupsAskedFor, page: page)] }
        if !pools.isEmpty {
            return pools.sorted { $0.key < $1.key }.map { .describeWarmPool($0.key, page: $0.value) }
        }
        return waiting.keys.filter { hooks[$0] == nil }.sorted().map { .describeLifecycleHooks($0) }
    }

    mutating func take(_ read: Read, _ answer: ReadAnswer) {
        guard wanted.contains(read) else { return }
        switch (read, answer) {
        case (.describeAutoScalingGroups, .autoScalingGroups(let groups, let next)):
            for group in groups {
                retention[group.name] = group.retainsAbandoned
                if !group.waiting.isEmpty { waiting[group.name] = group.waiting }
                if group.hasWarmPool { pools.updateValue(nil, forKey: group.name) }
            }
            page = next
            groupsAreKnown = next == nil
        case (.describeWarmPool(let group, let page), .warmPool(let found, let next)):
            takePool(of: group, found, page, next)
        case (.describeLifecycleHooks(let group), .lifecycleHooks(let found)): hooks[group] = found
        // One group that cannot be read keeps no other waiting.
        case (.describeLifecycleHooks(let group), .failed(let reason)):
            hooks[group] = []
            unreadHooks[group] = reason
        case (.describeWarmPool(let group, _), .failed):
            pools.removeValue(forKey: group)
            unseenPools.insert(group)
        case (_, .failed(let reason)): failure = reason
        default: failure = ReadFailure("an answer that does not belong to the question")
        }
    }

    private mutating func takePool(
        of group: AutoScalingGroupName, _ found: [InstanceID: ObservedPoolWait], _ page: Read.PageToken?,
        _ next: Read.PageToken?
    ) {
        let known = Set(waiting[group] ?? [])
        let new = found.keys.filter { !known.contains($0) }.sorted()
        if !new.isEmpty { waiting[group, default: []] += new }
        entering.formUnion(found.filter { $0.value == .entering }.keys)
        if let next, next != page {
            pools.updateValue(next, forKey: group)
        } else {
            pools.removeValue(forKey: group)
        }
    }

    /// All that wait, whoever is to answer.
    var waitingInstances: Set<InstanceID> { Set(waiting.values.joined()) }

    /// The actions that may be adopted. When they began, and their tokens, Auto Scaling does not tell.
    func orphans(at now: Timestamp) -> [LifecycleAction] {
        waiting.keys.filter { groupsToAdoptFrom.isEmpty || groupsToAdoptFrom.contains($0) }.sorted().flatMap { group in
            (hooks[group] ?? []).filter(isOurs).flatMap { hook in
                (waiting[group] ?? []).map { action(of: hook, in: group, for: $0, at: now) }
            }
        }
    }

    /// What Auto Scaling may be waiting with for one instance: through a hook that publishes to where we listen, or if
    /// there is none, through whichever there is.
    ///
    /// - Throws: the failure to read the hooks of its group.
    func pending(for instance: InstanceID, at now: Timestamp) throws(ReadFailure) -> [LifecycleAction] {
        let groups = waiting.keys.sorted().filter { waiting[$0]?.contains(instance) ?? false }
        if let failure = groups.compactMap({ unreadHooks[$0] }).first { throw failure }
        return groups.flatMap { group in
            let terminating = (hooks[group] ?? []).filter { $0.transition == .terminating }
            let ours = terminating.filter(isOurs)
            return (ours.isEmpty ? terminating : ours).map { action(of: $0, in: group, for: instance, at: now) }
        }
    }

    private func action(
        of hook: ObservedHook, in group: AutoScalingGroupName, for instance: InstanceID, at now: Timestamp
    ) -> LifecycleAction {
        LifecycleAction(
            autoScalingGroup: group, lifecycleHook: hook.name, instance: instance, token: nil,
            transition: .terminating, startedAt: now, notificationMetadata: hook.notificationMetadata,
            destination: entering.contains(instance) ? "WarmPool" : nil)
    }

    private func isOurs(_ hook: ObservedHook) -> Bool {
        hook.transition == .terminating && hook.notificationTarget.map(notificationTargets.contains) ?? false
    }
}
