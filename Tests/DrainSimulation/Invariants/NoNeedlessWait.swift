import DrainModel
import SimulatedWorld

/// (4) No drain hangs: one whose conditions all hold is decided, and one that has not begun has a reason that is true.
///
/// To be asked where nothing keeps the looks from seeing the truth.
struct NoNeedlessWait {
    let policy: DrainPolicy
    private var lasting = Lasting()

    init(policy: DrainPolicy) { self.policy = policy }

    mutating func violation(of drains: [Drain], in world: World, at now: WorldTime) -> String? {
        let findings = drains.filter { $0.isUndecided && $0.isConfirmed }.compactMap { drain in
            hesitation(of: drain, among: drains, in: world) ?? idleness(of: drain, in: world)
        }
        return lasting.outlasting(findings, at: now)
    }

    /// It is in service, and nothing keeps it there.
    private func hesitation(of drain: Drain, among drains: [Drain], in world: World) -> Lasting.Finding? {
        guard drain.location != nil else { return nil }
        let active = world.registrations(of: drain.instance).filter { $0.status == .active }
        guard !active.isEmpty, world.protectingTasks(of: drain).isEmpty, !isQueueFull(for: drain, among: drains)
        else { return nil }
        return Lasting.Finding(text: "\(drain.id) does not begin, though nothing stands against it")
    }

    func isQueueFull(for drain: Drain, among drains: [Drain]) -> Bool {
        guard policy.maximumConcurrent > 0, drain.takenBackAt == nil else { return false }
        let others = drains.filter { other in
            other.id != drain.id && other.location?.cluster == drain.location?.cluster && other.phase >= .draining
                && other.phase != .finished
        }
        return others.count >= policy.maximumConcurrent
    }

    /// It is drained, and goes on.
    private func idleness(of drain: Drain, in world: World) -> Lasting.Finding? {
        guard let action = drain.action, drain.acceptedAt >= action.startedAt,
            world.registrations(of: drain.instance).allSatisfy({ $0.status != .active }),
            let unmet = world.unmetConditions(ofInstance: drain.instance.rawValue), unmet.isEmpty,
            world.lacks(of: drain).isEmpty, !world.hasDeadMachines(beside: drain)
        else { return nil }
        var limit = Lasting.Finding.blindness
        if drain.location == nil { limit = limit + policy.registrationDelay }
        // Its grace may have begun later than the world's, with the look that saw the instance out of service.
        if drain.tasks.contains(where: { $0.isDaemon && !$0.isStopped }) { limit = limit + policy.daemonGrace }
        return Lasting.Finding(text: "\(drain.id) is drained, and is not decided", limit: limit)
    }
}

extension World {
    /// Not INACTIVE, in whatever cluster.
    func registrations(of instance: InstanceID) -> [ContainerInstance] {
        clusters.flatMap { containerInstances(in: $0) }
            .filter { $0.ec2InstanceID == instance.rawValue && $0.status != .inactive }
    }

    /// Those that keep it in service by their protection from scale-in: not on a machine that has ended, nor where EC2
    /// takes the instance back.
    func protectingTasks(of drain: Drain) -> [String] {
        let machine = describeInstances([drain.instance.rawValue]).first
        guard drain.takenBackAt == nil, machine?.ec2State == .running else { return [] }
        return registrations(of: drain.instance).flatMap { protectedTasks(on: $0) }
    }

    private func protectedTasks(on host: ContainerInstance) -> [String] {
        let running = tasks(on: host).filter { $0.lastStatus != .stopped }.prefix(100).map(\.arn)
        guard !running.isEmpty else { return [] }
        let found = try? getTaskProtection(Array(running), cluster: host.cluster)
        return (found?.protections ?? []).filter(\.isEnabled).map(\.taskARN)
    }
}
