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
    let looksBeganAt: [ContainerInstanceARN: WorldTime]
    /// By somebody else: what is placed then, no look that has begun can show.
    let activatedAt: [ContainerInstanceARN: WorldTime]
    let lag: Duration
    /// Since when each of an instance's services lacks what; nil: all of them together will do.
    let lacks: ServiceLacks?

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
        guard let host = record.location?.containerInstance, let lookBeganAt = looksBeganAt[host] else {
            return "\(instance) is completed as drained without a look"
        }
        if let activated = activatedAt[host], activated >= lookBeganAt { return nil }
        if let task = unmet.tasks.first {
            return "\(instance) is completed as drained, but \(task.subject): \(task.detail)"
        }
        let earliest = lookBeganAt - lag
        if let lack = unmet.services.first(where: { lasts($0, of: instance, since: earliest, in: world) }) {
            return "\(instance) is completed as drained, but \(lack.subject) lacks: \(lack.detail)"
        }
        return nil
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
