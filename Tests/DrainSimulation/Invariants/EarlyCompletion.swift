import DrainModel
import SimulatedWorld

/// (1) No completion takes effect before its decision is recorded, and none with CONTINUE before the instance is drained by the world's own state, unless the
/// record says that the deadline has passed, that an operator wanted it, or that the instance is in no served cluster.
/// When EC2 takes a Spot instance back, its deadline has passed.
///
/// The tasks must have ended at that very moment. What the services have elsewhere comes and goes, so it need only have
/// been there since the deciding look began, less by how much its answers may lag: each thing for itself, since a look is
/// several calls.
struct EarlyCompletion {
    let clusters: [ClusterName]
    /// By an operator.
    let forced: Set<DrainID>
    /// When the look began that decided each.
    let decidingLooks: [DrainID: WorldTime]
    /// By somebody else: what is placed then, no look that has begun can show.
    let activatedAt: [ContainerInstanceARN: WorldTime]
    let lag: Duration
    /// Since when each of an instance's services lacks what; nil: all of them together will do.
    let lacks: ServiceLacks?
    /// Those that had a task there when an earlier drain of the instance ended, by whatever policy.
    let earlierServices: (InstanceID) -> Set<ServiceName>

    func violation(
        of record: Drain?, completing action: LifecycleAction, with result: LifecycleActionResult, in world: World
    ) -> String? {
        guard let record, let decision = record.decision, decision.result == result else {
            return "\(action.instance) is completed with \(result.rawValue), and no such decision is recorded"
        }
        switch decision.outcome {
        case .drained: return unmetCondition(of: record, in: world)
        case .timedOut where decision.at < record.deadline: return "\(record.id) is timed out before its deadline"
        case .timedOut: return nil
        case .forced: return forced.contains(record.id) ? nil : "\(record.id) is forced, and nobody asked for it"
        // EC2 takes it then, registered just now or not.
        case .notOurs where record.takenBackAt.map { decision.at >= $0 } ?? false: return nil
        case .notOurs: return presence(of: action.instance, in: world)
        case .cancelled, .gone: return "\(record.id) is \(decision.outcome.rawValue), and completed"
        }
    }

    private func unmetCondition(of record: Drain, in world: World) -> String? {
        let instance = record.instance
        guard let unmet = world.unmetConditions(ofInstance: instance.rawValue), !unmet.isEmpty else { return nil }
        guard let host = record.location?.containerInstance, let lookBeganAt = decidingLooks[record.id] else {
            return "\(instance) is completed as drained without a look"
        }
        if let activated = activatedAt[host], activated >= lookBeganAt { return nil }
        let earliest = lookBeganAt - lag
        if let task = unmet.tasks.first(where: { isVisible($0, before: earliest, in: world) }) {
            return "\(instance) is completed as drained, but \(task.subject): \(task.detail)"
        }
        let mayHideTasks = isRegisteredAnew(instance, since: earliest, in: world) || wasLostWhileActive(record)
        let visible = mayHideTasks ? world.balancersAndNames(of: Set(record.services)) : nil
        // What an earlier drain left behind, ECS may show nobody any more.
        let left = world.balancersAndNames(of: earlierServices(instance).subtracting(record.services))
        let lacks = unmet.services.filter { visible?.contains($0.subject) ?? !left.contains($0.subject) }
        if let lack = lacks.first(where: { lasts($0, of: instance, since: earliest, in: world) }) {
            return "\(instance) is completed as drained, but \(lack.subject) lacks: \(lack.detail)"
        }
        return nil
    }

    /// The agent may lose its state after the look, and register the instance anew: nobody has seen what is placed there
    /// then.
    private func isVisible(_ task: World.UnmetConditions.Finding, before earliest: WorldTime, in world: World) -> Bool {
        let found = world.clusters.compactMap { world.task(task.subject, in: $0) }.first
        return found.map { world[$0.containerInstance].registeredAt < earliest } ?? true
    }

    private func isRegisteredAnew(_ instance: InstanceID, since earliest: WorldTime, in world: World) -> Bool {
        world.clusters.flatMap { world.containerInstances(in: $0) }
            .contains { $0.ec2InstanceID == instance.rawValue && $0.registeredAt >= earliest }
    }

    /// ECS gave it up before it was DRAINING, and lists what ran there no more: what the lists had not shown by then cannot
    /// be known.
    private func wasLostWhileActive(_ record: Drain) -> Bool {
        record.deregisteredSince != nil && !record.taskListIsClosed
    }

    private func lasts(
        _ lack: World.UnmetConditions.Finding, of instance: InstanceID, since earliest: WorldTime, in world: World
    ) -> Bool {
        if let lacks { return lacks.since(lack, of: instance.rawValue).map { $0 <= earliest } ?? false }
        return world.servicesLastHeldAt(ofInstance: instance.rawValue).map { $0 < earliest } ?? true
    }

    private func presence(of instance: InstanceID, in world: World) -> String? {
        let host = world.clusters.filter { clusters.isEmpty || clusters.contains(ClusterName($0.name)) }
            .flatMap { world.containerInstances(in: $0) }
            .first { $0.ec2InstanceID == instance.rawValue && $0.status != .inactive }
        return host.map { "\(instance) is completed as not ours, but is \($0.status.rawValue) in \($0.cluster)" }
    }
}

extension World {
    /// How the judge calls what these services need elsewhere: by their names and by those of their target groups and
    /// load balancers.
    func balancersAndNames(of services: Set<ServiceName>) -> Set<String> {
        let concerned = clusters.flatMap { self.services(in: $0) }.filter { services.contains(ServiceName($0.name)) }
        let groups = Set(concerned.flatMap(\.targetGroupARNs))
        return Set(concerned.flatMap { [$0.name] + $0.loadBalancerNames })
            .union(targetGroups.filter { groups.contains($0.arn) }.map(\.name))
    }
}
