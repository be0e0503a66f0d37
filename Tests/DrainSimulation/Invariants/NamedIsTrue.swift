import DrainModel
import SimulatedWorld

/// (5) What a drain names is true, each thing by its name, and nothing that is missing goes unnamed.
///
/// To be asked where nothing keeps the looks from seeing the truth.
struct NamedIsTrue {
    let queue: NoNeedlessWait
    private var lasting = Lasting()

    init(policy: DrainPolicy) { queue = NoNeedlessWait(policy: policy) }

    /// - Parameter earlierServices: those that had a task there when an earlier drain of the instance ended.
    mutating func violation(
        of drains: [Drain], after earlierServices: (InstanceID) -> Set<ServiceName>, in world: World,
        at now: WorldTime
    ) -> String? {
        let texts = drains.filter(\.isUndecided).flatMap { drain in
            (unnamed(by: drain, after: earlierServices, in: world) + falseWaits(of: drain, among: drains, in: world)
                + falseBlockers(of: drain, in: world)).map { "\(drain.id) \($0)" }
        }
        return lasting.outlasting(texts.map { Lasting.Finding(text: $0) }, at: now)
    }

    // MARK: What is missing

    private func unnamed(
        by drain: Drain, after earlierServices: (InstanceID) -> Set<ServiceName>, in world: World
    ) -> [String] {
        let hosts = world.registrations(of: drain.instance)
        // What was hidden when ECS gave the instance up, nobody can name.
        guard drain.location != nil, !hosts.isEmpty, hosts.allSatisfy({ $0.status == .draining }),
            let unmet = world.unmetConditions(ofInstance: drain.instance.rawValue)
        else { return [] }
        let named = Set(drain.waitingFor.map { "\($0.kind.isOfTask) \($0.name)" })
        let tasks = unmet.tasks.map { (true, TaskARN($0.subject).shortName) }
        // What an earlier drain left behind, ECS may show nobody any more.
        let left = world.balancersAndNames(of: earlierServices(drain.instance).subtracting(drain.services))
        let services = unmet.services.filter { !left.contains($0.subject) }.map { (false, $0.subject) }
        return (tasks + services)
            .filter { !named.contains("\($0.0) \($0.1)") }
            .map { "waits for \($0.1), and does not name it" }
    }

    // MARK: What is named

    private func falseWaits(of drain: Drain, among drains: [Drain], in world: World) -> [String] {
        let missing = missingElsewhere(for: drain, in: world)
        let protecting = Set(world.protectingTasks(of: drain).map { TaskARN($0).shortName })
        return drain.waitingFor.filter { wait in
            switch wait.kind {
            case .task where wait.detail.hasPrefix("protected"): !protecting.contains(wait.name)
            case .task: !isUnstopped(wait.name, of: drain, in: world)
            case .service, .targetGroup: missing.map { !$0.contains(wait.name) } ?? false
            case .budget: !queue.isQueueFull(for: drain, among: drains)
            case .containerInstance: false
            }
        }.map { "names \($0.kind.rawValue) \($0.name), which it need not wait for" }
    }

    /// nil where the world keeps no account of it: services of an earlier time may count then.
    private func missingElsewhere(for drain: Drain, in world: World) -> Set<String>? {
        guard let action = drain.action, drain.acceptedAt >= action.startedAt, !world.hasDeadMachines(beside: drain),
            let unmet = world.unmetConditions(ofInstance: drain.instance.rawValue)
        else { return nil }
        return Set((unmet.services + world.lacks(of: drain)).map(\.subject))
    }

    private func isUnstopped(_ task: String, of drain: Drain, in world: World) -> Bool {
        let found = world.clusters.lazy.compactMap { world.task(task, in: $0) }.first
        return found.map { $0.lastStatus != .stopped } ?? false
    }

    private func falseBlockers(of drain: Drain, in world: World) -> [String] {
        let protecting = world.protectingTasks(of: drain).map { TaskARN($0).shortName }
        let services = world.clusters.filter { $0.name == drain.location?.cluster.rawValue }
            .flatMap { world.services(in: $0) }
        return drain.blockedBy.filter { blocker in
            switch blocker.code {
            case .protectedTask: !protecting.contains(where: blocker.message.contains)
            case .deploymentDeadlock:
                !services.contains { blocker.message.contains("Service \($0.name) ") && $0.canNeverMove }
            // What ran on a machine that has ended, ECS takes for running, and says nothing new of it.
            case .noCapacity where drain.machineHasEnded || world.hasDeadMachines(beside: drain): false
            case .noCapacity:
                // Where nothing may move now, what ECS said when it last tried stands, as long as there is no room.
                !services.contains {
                    blocker.message.contains("(service \($0.name))")
                        && ($0.waitsForRoom || $0.canNeverMove || !world.hasRoom(for: $0))
                }
            case .agentDisconnected: world.registrations(of: drain.instance).allSatisfy(\.agentConnected)
            case .standaloneTask, .deploymentFailed, .replacementsFail, .awsRefused, .awsUnreachable, .hookUnread: false
            }
        }.map { "is blocked by \($0.code.rawValue), which is not true: \($0.message)" }
    }
}

extension World {
    /// What the services that a drain has seen on its instance lack. Those of tasks that came and went while it was in
    /// service are among them, for which the world itself does not wait.
    func lacks(of drain: Drain) -> [UnmetConditions.Finding] {
        guard let cluster = drain.location?.cluster else { return [] }
        return unmetConditions(
            ofServices: Set(drain.services.map(\.rawValue)), in: cluster.rawValue,
            withoutInstance: drain.instance.rawValue)
    }
}

extension World {
    /// Whether ECS shows tasks as running that have ended with another machine: draind may know better than the world's
    /// account of what is missing.
    func hasDeadMachines(beside drain: Drain) -> Bool {
        clusters.filter { $0.name == drain.location?.cluster.rawValue }.flatMap { containerInstances(in: $0) }
            .contains { host in
                host.status != .inactive && host.ec2InstanceID != drain.instance.rawValue
                    && describeInstances([host.ec2InstanceID]).first?.ec2State != .running
            }
    }
}

extension Wait.Kind {
    fileprivate var isOfTask: Bool { self == .task }
}

extension World.Service {
    /// By ECS's rules; another deployment controller than its own has the default percentages.
    fileprivate var canNeverMove: Bool {
        let (least, most) = deploymentController == .ecs ? (minimumHealthyPercent, maximumPercent) : (100, 200)
        return desiredCount > 0 && (desiredCount * least + 99) / 100 >= desiredCount
            && desiredCount * most / 100 <= desiredCount
    }
}
