/// The one definition of "drained": what must hold, in one and the same look, before an instance may end.
///
/// A drain is drained when ``unmet(by:in:at:policy:)`` is empty *and* the tasks of its instance were listed afresh in
/// that look. Counts that ECS keeps (`runningTasksCount`, `runningCount`) play no part: they drop while containers
/// still serve.
public enum DrainConditions {
    /// Everything that is still waited for, in the order of the conditions; empty when every condition holds.
    ///
    /// 1. Every task that was on the instance has `lastStatus` STOPPED, or EC2 says in this look that the machine has
    ///    ended; daemon tasks, which ECS stops last, are waited for at most ``DrainPolicy/daemonGrace`` after the others.
    /// 2. Every replica service that had a task there has as many healthy tasks on other instances as it desires now.
    ///    (A daemon has one task an instance, and none of it moves.)
    /// 3. Every target group of those services has as many healthy targets elsewhere, and no target of this instance
    ///    that is still draining.
    /// 4. Standalone tasks are settled as the policy says.
    public static func unmet(
        by drain: Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> [Wait] {
        var waits = unstoppedTasks(of: drain, in: snapshot, at: now, policy: policy)
        for service in drain.services {
            if let reason = snapshot.unseenServices[service] {
                waits.append(Wait(.service, service.rawValue, "could not be looked at: \(reason)"))
            } else if let observed = snapshot.services[service] {
                waits += unmetByService(observed, of: drain, in: snapshot)
            }  // else it was deleted, and desires nothing
        }
        return waits
    }

    // MARK: Tasks of the instance

    private static func unstoppedTasks(
        of drain: Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> [Wait] {
        if snapshot.machineHasEnded(drain.instance) { return [] }
        return drain.tasks.compactMap { task in
            if task.isStopped { return nil }
            if task.isDaemon, let since = drain.onlyDaemonsSince, now - since >= policy.daemonGrace { return nil }
            if task.service == nil, policy.standaloneTasks == .ignore { return nil }
            let status = snapshot.tasks[task.arn]?.lastStatus ?? "not seen"
            return Wait(.task, task.arn.shortName, "\(status), \(owner(of: task))")
        }
    }

    private static func owner(of task: TrackedTask) -> String {
        guard let service = task.service else { return "standalone" }
        return task.isDaemon ? "daemon \(service)" : "service \(service)"
    }

    // MARK: Replacements elsewhere

    /// - Parameter elsewhereOnly: leaves out what this instance's own targets have still to do.
    static func unmetByService(
        _ service: ObservedService, of drain: Drain, in snapshot: ClusterSnapshot, elsewhereOnly: Bool = false
    ) -> [Wait] {
        let desired = service.isActive && !service.isDaemon ? service.desiredCount : 0
        var waits: [Wait] = []
        let healthy = snapshot.healthyTasks(of: service.name, outside: drain.containerInstances)
        if healthy < desired {
            waits.append(
                Wait(.service, service.name.rawValue, "\(healthy) of \(desired) tasks healthy on other instances"))
        }
        for targetGroup in service.targetGroups {
            let alternates = service.alternateTargetGroups[targetGroup] ?? []
            waits += unmetByTargetGroups(
                [targetGroup] + alternates, desired: desired, of: drain, in: snapshot, elsewhereOnly)
        }
        for name in service.classicLoadBalancers {
            waits += unmetByClassicLoadBalancer(name, desired: desired, of: drain, in: snapshot, elsewhereOnly)
        }
        return waits
    }

    /// - Parameter arns: one target group, or those between which a deployment moves the traffic.
    private static func unmetByTargetGroups(
        _ arns: [TargetGroupARN], desired: Int, of drain: Drain, in snapshot: ClusterSnapshot, _ elsewhereOnly: Bool
    ) -> [Wait] {
        let name = arns.map(\.targetGroupName).joined(separator: "+")
        if let reason = arns.compactMap({ snapshot.unseenLoadBalancers[$0.rawValue] }).first {
            return [Wait(.targetGroup, name, "could not be looked at: \(reason)")]
        }
        let observed = arns.compactMap { snapshot.targetGroups[$0] }
        if observed.isEmpty { return desired > 0 ? [Wait(.targetGroup, name, "does not exist")] : [] }
        let addresses = drain.ownAddresses(in: snapshot)
        let (own, others) = observed.flatMap(\.targets).divided { target in
            target.id == drain.instance.rawValue || addresses.contains(target.id)
        }
        var waits: [Wait] = []
        let healthy = others.count { $0.state == "healthy" }
        if healthy < desired {
            waits.append(Wait(.targetGroup, name, "\(healthy) of \(desired) targets healthy on other instances"))
        }
        let leaving = own.count { $0.state == "draining" || $0.state == "unhealthy.draining" }
        if leaving > 0, !elsewhereOnly {
            waits.append(Wait(.targetGroup, name, "\(leaving) of this instance's targets still draining"))
        }
        return waits
    }

    /// A classic load balancer knows instances, not tasks: one counts once, however many tasks it runs.
    private static func unmetByClassicLoadBalancer(
        _ name: String, desired: Int, of drain: Drain, in snapshot: ClusterSnapshot, _ elsewhereOnly: Bool
    ) -> [Wait] {
        if let reason = snapshot.unseenLoadBalancers[name] {
            return [Wait(.targetGroup, name, "could not be looked at: \(reason)")]
        }
        let states = snapshot.classicLoadBalancers[name] ?? [:]
        var waits: [Wait] = []
        let inService = states.count { $0.key != drain.instance && $0.value == "InService" }
        if inService < desired {
            waits.append(Wait(.targetGroup, name, "\(inService) of \(desired) other instances InService"))
        }
        if states[drain.instance] == "draining", !elsewhereOnly {
            waits.append(Wait(.targetGroup, name, "this instance is still being deregistered"))
        }
        return waits
    }
}

extension Drain {
    /// The services that had a task on the instance, each once, by name.
    public var services: [ServiceName] { Set(tasks.compactMap(\.service)).sorted() }

    /// Whether nothing but daemon tasks is left on the instance, standalone tasks that are to be ignored aside.
    func hasOnlyDaemonsLeft(policy: DrainPolicy) -> Bool {
        tasks.allSatisfy { task in
            task.isStopped || task.isDaemon || (task.service == nil && policy.standaloneTasks == .ignore)
        }
    }

    /// The addresses of its tasks (awsvpc mode), less those that a task elsewhere has been given meanwhile.
    fileprivate func ownAddresses(in snapshot: ClusterSnapshot) -> Set<String> {
        let elsewhere = snapshot.tasks.values.filter {
            !($0.containerInstance.map(containerInstances.contains) ?? false) && !$0.isStopped
        }
        return Set(tasks.flatMap(\.addresses)).subtracting(elsewhere.flatMap(\.addresses))
    }
}

extension ClusterSnapshot {
    /// The tasks of a service that run and are healthy where health is checked, except on these container instances.
    /// A task on another draining instance counts until ECS stops it, or its machine is seen to have ended: its own
    /// drain answers for it.
    public func healthyTasks(of service: ServiceName, outside excluded: Set<ContainerInstanceARN>) -> Int {
        tasks.values.count { task in
            task.service == service && task.isInService && !hasEndedWithMachine(task)
                && !(task.containerInstance.map(excluded.contains) ?? false)
        }
    }

    /// Whether nothing runs on the instance any more, whatever ECS shows.
    public func machineHasEnded(_ instance: InstanceID) -> Bool { machineStates[instance]?.hasEnded ?? false }

    private func hasEndedWithMachine(_ task: ObservedTask) -> Bool {
        let host = task.containerInstance.flatMap { containerInstances[$0] }
        return host.map { machineHasEnded($0.instance) } ?? false
    }
}

extension ObservedTask {
    /// Whether ECS wants it to run, and it does, and its health checks (if any) say so.
    public var isInService: Bool {
        desiredStatus == "RUNNING" && lastStatus == "RUNNING" && (health == .healthy || health == .notChecked)
    }

    public var isStopped: Bool { lastStatus == "STOPPED" }
}

extension TargetGroupARN {
    /// `web` of `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2d6bc24d8a067`.
    public var targetGroupName: String {
        let parts = rawValue.split(separator: "/")
        return parts.count == 3 ? String(parts[1]) : rawValue
    }
}

extension Array {
    fileprivate func divided(by belongsToFirst: (Element) -> Bool) -> ([Element], [Element]) {
        (filter(belongsToFirst), filter { !belongsToFirst($0) })
    }
}
