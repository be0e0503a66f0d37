import DrainModel
import SimulatedWorld

/// (1) No completion with CONTINUE takes effect before the instance is drained by the world's own state, unless the
/// record says that the deadline has passed, that an operator wanted it, or that the instance is in no served cluster.
///
/// The tasks must have ended at that very moment. What the services have elsewhere comes and goes, so it need only have
/// been there since the deciding look began, less by how much its answers may lag.
enum EarlyCompletion {
    static func violation(
        of record: Drain?, completing action: LifecycleAction, in world: World, lookBeganAt: WorldTime?,
        clusters: [ClusterName], mayBeForced: Bool, lag: Duration
    ) -> String? {
        guard let record, let decision = record.decision else {
            return "\(action.instance) is completed, and no decision is recorded"
        }
        switch decision.outcome {
        case .drained: return unmet(action.instance, in: world, since: lookBeganAt.map { $0 - lag })
        case .timedOut where decision.at < record.deadline: return "\(record.id) is timed out before its deadline"
        case .timedOut: return nil
        case .forced: return mayBeForced ? nil : "\(record.id) is forced, and nobody asked for it"
        case .notOurs: return isServed(action.instance, in: world, clusters)
        case .cancelled, .gone: return "\(record.id) is \(decision.outcome.rawValue), and completed"
        }
    }

    private static func unmet(_ instance: InstanceID, in world: World, since earliest: WorldTime?) -> String? {
        guard let unmet = world.unmetConditions(ofInstance: instance.rawValue) else { return nil }
        if let task = unmet.tasks.first {
            return "\(instance) is completed as drained, but \(task.subject): \(task.detail)"
        }
        guard let lack = unmet.services.first else { return nil }
        guard let earliest else { return "\(instance) is completed as drained without a look" }
        // ECS and its load balancers take a dead machine's tasks for running until they notice.
        let notNoticed = world.clusters.flatMap { world.containerInstances(in: $0) }
            .compactMap { world[$0.instance].diedAt }
            .filter { $0 + world.timings.hostDeathNoticed >= earliest }
        let since = ([earliest] + notNoticed).min() ?? earliest
        if let held = world.servicesLastHeldAt(ofInstance: instance.rawValue), held >= since { return nil }
        return "\(instance) is completed as drained, but \(lack.subject) lacks: \(lack.detail)"
    }

    private static func isServed(_ instance: InstanceID, in world: World, _ clusters: [ClusterName]) -> String? {
        let host = world.clusters.filter { clusters.isEmpty || clusters.contains(ClusterName($0.name)) }
            .flatMap { world.containerInstances(in: $0) }
            .first { $0.ec2InstanceID == instance.rawValue && $0.status != .inactive }
        return host.map { "\(instance) is completed as not ours, but is \($0.status.rawValue) in \($0.cluster)" }
    }
}
