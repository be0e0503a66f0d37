import DrainModel

/// One look at a cluster as a value: it says what it still wants to read, takes the answers, and is a snapshot in the
/// end. As few calls as AWS's batches allow: old tasks and their replacements are described together, so that both are
/// seen at one moment, and the targets after them.
///
/// What it wants follows from what it has, so nothing needs to be remembered about the order of calls. Reads of one
/// stage may be answered in any order; the next stage begins when all of them are.
struct ClusterLook: Sendable {
    let request: LookRequest
    private(set) var snapshot: ClusterSnapshot
    /// Why there will be no snapshot: half a look is no look.
    private(set) var failure: ReadFailure?
    /// Which task definitions have a health check, as far as they have been read: a revision never changes.
    private(set) var healthChecks: [String: Bool]

    /// Answers to questions that were asked before this look are none to its own.
    private let beganAt: Timestamp
    /// Since when the tasks are being described: all of them once more when a list has shown a new one.
    private var describesSince: Timestamp

    private var describedHosts: Set<ContainerInstanceARN> = []
    /// Under which names the instances are registered, as far as that was asked.
    private var registered: Set<ContainerInstanceARN> = []
    private var registrationLists: [[InstanceID]: ListProgress] = [:]
    private var describedServices: Set<ServiceName> = []
    private var unreadDefinitions: Set<String> = []
    private var checkedProtection: Set<TaskARN> = []
    /// The instances that EC2 was asked about, with whatever success.
    private var askedMachines: Set<InstanceID> = []
    private var machinePages: [[InstanceID]: Read.PageToken] = [:]
    private var lists: [Listing: ListProgress] = [:]
    /// Every task that a list has shown, or that was known before.
    private var tasks: Set<TaskARN>
    /// Those that the lists of this very look have shown.
    private var listedTasks: [Read.DesiredStatus: Set<TaskARN>] = [:]
    private var askedOnceMore: Set<TaskARN> = []

    private struct Listing: Hashable, Comparable {
        let owner: Read.TaskOwner
        let status: Read.DesiredStatus

        static func < (left: Self, right: Self) -> Bool {
            switch (left.owner, right.owner) {
            case (.containerInstance(let left), .containerInstance(let right)) where left != right: left < right
            case (.service(let left), .service(let right)) where left != right: left < right
            case (.containerInstance, .service): true
            case (.service, .containerInstance): false
            default: left.status.rawValue < right.status.rawValue
            }
        }
    }

    private enum ListProgress: Hashable {
        case next(Read.PageToken)
        case complete
    }

    init(_ request: LookRequest, healthChecks: [String: Bool], at now: Timestamp) {
        self.request = request
        self.healthChecks = healthChecks
        (beganAt, describesSince) = (now, now)
        tasks = request.hosts.values.reduce(into: []) { $0.formUnion($1.knownTasks) }
        snapshot = ClusterSnapshot(cluster: request.cluster, takenAt: now, asked: Set(request.hosts.keys))
        wanted = nextStage()
    }

    var isComplete: Bool { failure == nil && wanted.isEmpty }

    // MARK: What it wants

    /// What is to be read now, those under way included; empty when the snapshot is complete.
    private(set) var wanted: [Read] = []

    private func nextStage() -> [Read] {
        if failure != nil { return [] }
        let stages = [
            hostReads, registrationReads, serviceReads, listReads, taskReads, machineReads, protectionReads,
            healthCheckReads, targetReads,
        ]
        for stage in stages {
            let reads = stage()
            if !reads.isEmpty { return reads }
        }
        return []
    }

    private var cluster: ClusterName { request.cluster }

    private func hostReads() -> [Read] {
        registered.union(request.hosts.keys).subtracting(describedHosts).sorted()
            .batches(of: Read.Batch.containerInstances).map { .describeContainerInstances(cluster, $0) }
    }

    /// An agent that lost its state falls silent, and registers its instance anew: then, and whenever a look may decide or
    /// begins to list, it asks for all names.
    private func registrationReads() -> [Read] {
        let asking = request.hosts.filter { host, asked in
            asked.mustList || isGone(host) || hasEnded(host)
                || snapshot.containerInstances[host]?.agentConnected == false
        }
        let instances = Set(asking.values.map(\.instance))
        return Set(request.hosts.values.map(\.instance)).sorted().batches(of: Read.Batch.instancesInFilter)
            .filter { !instances.isDisjoint(with: $0) }
            .compactMap { batch in
                switch registrationLists[batch] {
                case nil: .listContainerInstances(cluster, batch, page: nil)
                case .next(let page): .listContainerInstances(cluster, batch, page: page)
                case .complete: nil
                }
            }
    }

    private func serviceReads() -> [Read] {
        servicesConcerned.subtracting(describedServices).sorted().batches(of: Read.Batch.services)
            .map { .describeServices(cluster, $0) }
    }

    private func listReads() -> [Read] {
        var listings: [Listing] = []
        for (host, asked) in request.hosts where !isGone(host) && (asked.mustList || hasEnded(host)) {
            // Both: a task that is stopping is desired STOPPED long before its containers have ended.
            listings.append(Listing(owner: .containerInstance(host), status: .running))
            listings.append(Listing(owner: .containerInstance(host), status: .stopped))
        }
        // A daemon has no replacements, and a service that desires none needs none.
        for service in snapshot.services.values where service.isActive && !service.isDaemon && service.desiredCount > 0
        {
            listings.append(Listing(owner: .service(service.name), status: .running))
        }
        return listings.sorted().compactMap { listing in
            switch lists[listing] {
            case nil: .listTasks(cluster, listing.owner, listing.status, page: nil)
            case .next(let page): .listTasks(cluster, listing.owner, listing.status, page: page)
            case .complete: nil
            }
        }
    }

    private func taskReads() -> [Read] {
        tasks.filter { snapshot.tasks[$0] == nil && !snapshot.forgottenTasks.contains($0) }.sorted()
            .batches(of: Read.Batch.tasks).map { .describeTasks(cluster, $0) }
    }

    /// Only the agent tells ECS that a task has ended: where it is silent, EC2 says whether any can still run.
    private func machineReads() -> [Read] {
        let unheard = snapshot.containerInstances.values.filter { host in
            [.active, .draining].contains(host.status) && !host.agentConnected && host.instance.isOfEC2
                && snapshot.tasks.values.contains { $0.containerInstance == host.arn && !$0.isStopped }
        }
        return Set(unheard.map(\.instance)).subtracting(askedMachines).sorted().batches(of: Read.Batch.machines)
            .map { .describeInstances($0, page: machinePages[$0]) }
    }

    private func protectionReads() -> [Read] {
        snapshot.tasks.values.filter { task in
            guard task.service != nil, !task.isStopped, !checkedProtection.contains(task.arn) else { return false }
            return task.containerInstance.map { snapshot.containerInstances[$0]?.status == .active } ?? false
        }
        .map(\.arn).sorted().batches(of: Read.Batch.tasks).map { .getTaskProtection(cluster, $0) }
    }

    private func healthCheckReads() -> [Read] {
        Set(snapshot.tasks.values.filter(needsHealthCheck).compactMap(\.taskDefinition))
            .filter { healthChecks[$0] == nil && !unreadDefinitions.contains($0) }.sorted()
            .map { .describeTaskDefinition($0) }
    }

    /// ECS says UNKNOWN both where no check is defined and where one has not concluded: the definition tells which.
    private func needsHealthCheck(_ task: ObservedTask) -> Bool {
        task.health == .unknown && task.service != nil && task.lastStatus == "RUNNING"
    }

    private func targetReads() -> [Read] {
        let groups = Set(
            snapshot.services.values.flatMap { $0.targetGroups + $0.alternateTargetGroups.values.flatMap { $0 } })
        let balancers = Set(snapshot.services.values.flatMap(\.classicLoadBalancers))
        return groups.subtracting(seenTargetGroups).sorted().map { .describeTargetHealth($0) }
            + balancers.subtracting(snapshot.classicLoadBalancers.keys)
            .subtracting(snapshot.unseenLoadBalancers.keys).sorted().map { .describeInstanceHealth($0) }
    }

    private var seenTargetGroups: Set<TargetGroupARN> = []

    private func isGone(_ host: ContainerInstanceARN) -> Bool {
        guard describedHosts.contains(host) else { return false }
        return snapshot.containerInstances[host].map { $0.status == .inactive } ?? true
    }

    /// Where every task that is known has ended, the drain may be decided by this look: it must show that there is no
    /// other.
    private func hasEnded(_ host: ContainerInstanceARN) -> Bool {
        guard let asked = request.hosts[host] else { return false }
        return snapshot.machineHasEnded(asked.instance)
            || asked.knownTasks.allSatisfy { task in
                snapshot.tasks[task]?.isStopped ?? snapshot.forgottenTasks.contains(task)
            }
    }

    /// The services asked about, and those that only this look's lists have shown.
    private var servicesConcerned: Set<ServiceName> {
        let here = snapshot.tasks.values.filter { task in
            task.containerInstance.map { request.hosts[$0] != nil } ?? false
        }
        return request.services.union(here.compactMap(\.service))
    }

    // MARK: What it is told

    /// - Parameter sentAt: when the question was asked, perhaps by an earlier look.
    mutating func take(_ read: Read, _ answer: ReadAnswer, sentAt: Timestamp, at now: Timestamp) {
        guard failure == nil, sentAt >= beganAt, wanted.contains(read) else { return }
        if case .describeTasks = read, sentAt < describesSince { return }
        switch (read, answer) {
        case (.describeContainerInstances(_, let asked), .containerInstances(let found)):
            describedHosts.formUnion(asked)
            for host in found { snapshot.containerInstances[host.arn] = host }
        case (.listContainerInstances(_, let instances, _), .containerInstanceARNs(let found, let next)):
            registered.formUnion(found)
            registrationLists[instances] = next.map { .next($0) } ?? .complete
        case (.listTasks(_, let owner, let status, _), .taskARNs(let arns, let next)):
            takeList(Listing(owner: owner, status: status), arns, next, at: now)
        case (.describeTasks(_, _), .tasks(let found, let missing)): takeTasks(found, missing)
        case (.describeServices(_, let asked), .services(let found)):
            describedServices.formUnion(asked)
            for service in found { snapshot.services[service.name] = service }
        case (.describeTaskDefinition(let definition), .taskDefinition(let hasHealthCheck)):
            healthChecks[definition] = hasHealthCheck
        case (.getTaskProtection(_, let asked), .protectedTasks(let found)):
            checkedProtection.formUnion(asked)
            snapshot.protectedTasks.merge(found) { _, new in new }
        case (.describeInstances(let asked, _), .machines(let found, let next)): takeMachines(asked, found, next)
        case (.describeTargetHealth(let arn), .targets(let targets)):
            seenTargetGroups.insert(arn)
            // A group that does not exist is left out: a service that needs it is not in service.
            if let targets { snapshot.targetGroups[arn] = ObservedTargetGroup(arn: arn, targets: targets) }
        case (.describeInstanceHealth(let name), .instanceStates(let states)):
            snapshot.classicLoadBalancers[name] = states
        case (_, .failed(let reason)): takeFailure(of: read, reason)
        default: failure = ReadFailure("an answer that does not belong to the question")
        }
        wanted = nextStage()
        if isComplete { settleHealth() }
    }

    private mutating func takeList(_ listing: Listing, _ arns: [TaskARN], _ next: Read.PageToken?, at now: Timestamp) {
        guard next == nil || lists[listing] != next.map({ .next($0) }) else {
            failure = ReadFailure("the pages of a list of tasks go round in a circle")
            return
        }
        // A task that comes up after the others were described: they are described once more with it, or a task that
        // has ended meanwhile and its replacement would be counted together.
        if !snapshot.tasks.isEmpty, !tasks.isSuperset(of: arns) {
            snapshot.tasks = [:]
            snapshot.forgottenTasks = []
            describesSince = now
        }
        tasks.formUnion(arns)
        listedTasks[listing.status, default: []].formUnion(arns)
        doubtForgotten()
        lists[listing] = next.map { .next($0) } ?? .complete
        guard case .containerInstance(let host) = listing.owner else { return }
        let both = [Read.DesiredStatus.running, .stopped].map { Listing(owner: listing.owner, status: $0) }
        if both.allSatisfy({ lists[$0] == .complete }) { snapshot.listedContainerInstances.insert(host) }
    }

    private mutating func takeTasks(_ found: [ObservedTask], _ missing: Set<TaskARN>) {
        for task in found { snapshot.tasks[task.arn] = task }
        snapshot.forgottenTasks.formUnion(missing)
        doubtForgotten()
    }

    /// Whichever was asked first: a task that is listed has not been forgotten. But of those that have stopped some may
    /// be forgotten in just that moment, and where tasks come and go quickly there are always such: they are asked about
    /// once more.
    private mutating func doubtForgotten() {
        if let contradiction = snapshot.forgottenTasks.intersection(listedTasks[.running] ?? []).sorted().first {
            failure = ReadFailure("ECS lists task \(contradiction.shortName) and does not know it; looking again")
        }
        let doubtful = snapshot.forgottenTasks.intersection(listedTasks[.stopped] ?? []).subtracting(askedOnceMore)
        snapshot.forgottenTasks.subtract(doubtful)
        askedOnceMore.formUnion(doubtful)
    }

    private mutating func takeMachines(_ asked: [InstanceID], _ found: [InstanceID: String], _ next: Read.PageToken?) {
        guard next == nil || machinePages[asked] != next else {
            failure = ReadFailure("the pages of a list of instances go round in a circle")
            return
        }
        for (instance, state) in found { snapshot.machineStates[instance] = .named(state) }
        machinePages[asked] = next
        guard next == nil else { return }
        askedMachines.formUnion(asked)
        for instance in asked where snapshot.machineStates[instance] == nil {
            snapshot.machineStates[instance] = .forgotten
        }
    }

    /// What only some drains depend on is marked as unseen; without the rest there is no look.
    private mutating func takeFailure(of read: Read, _ reason: ReadFailure) {
        switch read {
        case .describeServices(_, let services):
            describedServices.formUnion(services)
            for service in services { snapshot.unseenServices[service] = reason.description }
        case .describeTargetHealth(let arn):
            seenTargetGroups.insert(arn)
            snapshot.unseenLoadBalancers[arn.rawValue] = reason.description
        case .getTaskProtection(_, let tasks):
            checkedProtection.formUnion(tasks)
            snapshot.protectionUnseen = reason.description
        case .describeInstances(let instances, _):
            askedMachines.formUnion(instances)
            snapshot.machinesUnseen = reason.description
        case .describeTaskDefinition(let definition):
            unreadDefinitions.insert(definition)
            for task in snapshot.tasks.values where task.taskDefinition == definition {
                if let service = task.service { snapshot.unseenServices[service] = reason.description }
            }
        case .describeInstanceHealth(let name): snapshot.unseenLoadBalancers[name] = reason.description
        default: failure = reason
        }
    }

    private mutating func settleHealth() {
        for (arn, task) in snapshot.tasks where task.health == .unknown {
            let isChecked = task.taskDefinition.flatMap { healthChecks[$0] }
            snapshot.tasks[arn]?.health = isChecked == false ? .notChecked : .starting
        }
    }
}

extension InstanceID {
    /// What runs outside of EC2 (ECS Anywhere) is called `mi-…`, and EC2 knows nothing of it.
    fileprivate var isOfEC2: Bool { rawValue.hasPrefix("i-") }
}

extension Array {
    /// Slices of at most `size` elements, in order.
    func batches(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
