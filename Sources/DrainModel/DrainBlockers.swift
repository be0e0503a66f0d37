/// Why a drain will not end by itself: reads one look as an experienced operator would.
enum DrainBlockers {
    static func found(
        for drain: Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> [Blocker] {
        var blockers: [Blocker] = []
        if let refused = drain.refusedCall { blockers.append(.awsRefused(refused)) }
        if let unseen = whatIsUnseen(by: drain, in: snapshot) { blockers.append(unseen) }
        if !snapshot.machineHasEnded(drain.instance) {
            if let silent = silentAgent(of: drain, in: snapshot) { blockers.append(silent) }
            if policy.standaloneTasks == .wait, !drain.stopsStandaloneTasks(at: now, policy: policy) {
                let end = drain.standaloneTasksEndAt(policy: policy)
                blockers += drain.runningStandaloneTasks.map { .standaloneTask($0, stoppedAt: end, in: snapshot) }
            }
        }
        for name in drain.services {
            guard let service = snapshot.services[name], service.isActive, !service.isDaemon else { continue }
            blockers += found(in: service, of: drain, snapshot)
        }
        return blockers
    }

    static func silentAgent(of drain: Drain, in snapshot: ClusterSnapshot) -> Blocker? {
        guard drain.tasks.contains(where: { !$0.isStopped }) else { return nil }
        let silent = drain.containerInstances.sorted().first { arn in
            snapshot.status(of: arn) != nil && snapshot.containerInstances[arn]?.agentConnected == false
        }
        return silent.map {
            .agentDisconnected(drain.instance, $0, isOneOfSeveral: !drain.alsoRegistered.isEmpty, in: snapshot)
        }
    }

    /// What AWS does not show although the drain needs it: the first will do, for often it is one cause.
    private static func whatIsUnseen(by drain: Drain, in snapshot: ClusterSnapshot) -> Blocker? {
        for name in drain.services {
            if let reason = snapshot.unseenServices[name] {
                return .awsUnreachable(reason, "Service \(name) could not be looked at")
            }
            guard let service = snapshot.services[name] else { continue }
            let groups = service.targetGroups.flatMap { [$0] + (service.alternateTargetGroups[$0] ?? []) }
            for balancer in groups.map(\.rawValue) + service.classicLoadBalancers {
                if let reason = snapshot.unseenLoadBalancers[balancer] {
                    return .awsUnreachable(
                        reason, "The load balancing of service \(name) (\(balancer)) could not be looked at")
                }
            }
        }
        return nil
    }

    private static func found(
        in service: ObservedService, of drain: Drain, _ snapshot: ClusterSnapshot
    ) -> [Blocker] {
        var blockers: [Blocker] = []
        let isStillHere = drain.tasks.contains { $0.service == service.name && !$0.isStopped }
        if isStillHere && service.isDeadlocked { blockers.append(.deploymentDeadlock(service, in: snapshot)) }
        guard !DrainConditions.unmetByService(service, of: drain, in: snapshot).isEmpty else { return blockers }
        if service.deploymentFailed { blockers.append(.deploymentFailed(service, in: snapshot)) }
        switch service.recentComplaint {
        case .noPlace(let event): blockers.append(.noCapacity(service, event))
        case .fails(let event): blockers.append(.replacementsFail(service, event, in: snapshot))
        case nil: break
        }
        return blockers
    }
}

extension ObservedService {
    fileprivate enum Complaint {
        case noPlace(String)
        case fails(String)
    }

    /// What ECS says in a service's events when its new tasks do not stay.
    /// Source: ECS developer guide, "Viewing Amazon ECS service event messages".
    private static let failures = [
        "is unhealthy", "failed container health checks", "unable to consistently start tasks",
        "failed to launch a task",
    ]

    /// The newest: between two of them ECS says what it stops and starts because of the first.
    fileprivate var recentComplaint: Complaint? {
        for event in recentEvents {
            // What was before that is over.
            if event.contains("has reached a steady state") { return nil }
            if event.contains("unable to place a task") { return .noPlace(event) }
            if Self.failures.contains(where: event.contains) { return .fails(event) }
        }
        return nil
    }

    /// Whether the deployment limits allow neither one task more nor one task less than desired, so that ECS can
    /// never move one. ECS rounds the minimum up and the maximum down.
    /// Source: ECS developer guide, "Draining container instances".
    public var isDeadlocked: Bool {
        desiredCount > 0
            && (desiredCount * minimumHealthyPercent + 99) / 100 >= desiredCount
            && desiredCount * maximumPercent / 100 <= desiredCount
    }
}

extension ClusterSnapshot {
    /// A command to be typed as it stands.
    fileprivate func command(_ verb: String, _ option: String, _ subject: String) -> String {
        "aws ecs \(verb) --cluster \(cluster) \(option) \(subject)"
    }
}

extension MachineState {
    /// To follow "EC2 says that the machine is".
    var inWords: String {
        switch self {
        case .named(let word): word
        case .forgotten: "none that it knows (any more)"
        }
    }

    fileprivate var isOnItsWayOut: Bool { self == .named("stopping") || self == .named("shutting-down") }
}

extension Drain {
    var runningStandaloneTasks: [TaskARN] { tasks.filter { $0.service == nil && !$0.isStopped }.map(\.arn) }
}

extension Blocker {
    static func awsRefused(_ call: Drain.RefusedCall) -> Self {
        Self(
            .awsRefused, message: "AWS does not carry out \(call.operation): \(call.reason)",
            hint: "If this is AccessDenied, allow the action in draind's policy; otherwise draind keeps trying.")
    }

    static func awsUnreachable(_ reason: String, _ what: String = "The cluster could not be looked at") -> Self {
        Self(
            .awsUnreachable, message: "\(what): \(reason)",
            hint: "Check draind's credentials, permissions and route to AWS; it keeps trying.")
    }

    /// - Parameters:
    ///   - isOneOfSeveral: the agent has registered the instance anew, so this registration will stay silent.
    fileprivate static func agentDisconnected(
        _ instance: InstanceID, _ containerInstance: ContainerInstanceARN, isOneOfSeveral: Bool,
        in snapshot: ClusterSnapshot
    ) -> Self {
        // What EC2 says of it; if nothing, perhaps why.
        let (machine, machineUnseen) = (snapshot.machineStates[instance], snapshot.machinesUnseen)
        var message =
            "The ECS agent of \(instance) (\(containerInstance.shortName)) is disconnected, so its tasks cannot "
            + "be told to stop."
        if let machine {
            message += " EC2 says it is \(machine.inWords)."
        } else if let machineUnseen {
            message += " EC2 does not say whether the machine still runs: \(machineUnseen)"
        }
        let hint =
            if isOneOfSeveral {
                "The agent has registered anew; take the old registration away: "
                    + snapshot.command(
                        "deregister-container-instance", "--force --container-instance", containerInstance.shortName)
            } else if machine?.isOnItsWayOut == true {
                "Wait: the machine is ending, and its tasks end with it."
            } else {
                "Restart the agent on the instance (systemctl restart ecs), or wait: short gaps are normal."
                    + (machine == nil && machineUnseen != nil
                        ? " With the permission ec2:DescribeInstances draind sees whether the machine still runs." : "")
            }
        return Self(.agentDisconnected, message: message, hint: hint)
    }

    /// - Parameter stoppedAt: when draind stops it, because EC2 takes the instance back.
    fileprivate static func standaloneTask(
        _ task: TaskARN, stoppedAt: Timestamp?, in snapshot: ClusterSnapshot
    ) -> Self {
        let message = "Task \(task.shortName) belongs to no service, so ECS will not move it."
        if let stoppedAt {
            return Self(
                .standaloneTask, message: message,
                hint:
                    "It has until \(stoppedAt.rfc3339) to end by itself: then draind stops it, a little before EC2 takes "
                    + "the instance back.")
        }
        return Self(
            .standaloneTask, message: message,
            hint: "Wait until it ends, run draind with --standalone-tasks stop-after:15m, or stop it: "
                + snapshot.command("stop-task", "--task", task.shortName))
    }

    fileprivate static func deploymentDeadlock(_ service: ObservedService, in snapshot: ClusterSnapshot) -> Self {
        Self(
            .deploymentDeadlock,
            message: "Service \(service.name) may run neither more nor fewer than \(service.desiredCount) tasks "
                + "(minimumHealthyPercent \(service.minimumHealthyPercent), maximumPercent \(service.maximumPercent)), "
                + "so ECS cannot move one.",
            hint: "Raise maximumPercent to 200, or lower minimumHealthyPercent: "
                + snapshot.command("update-service", "--service", service.name.rawValue)
                + " --deployment-configuration maximumPercent=200,minimumHealthyPercent=100")
    }

    fileprivate static func deploymentFailed(_ service: ObservedService, in snapshot: ClusterSnapshot) -> Self {
        Self(
            .deploymentFailed,
            message: "The deployment of service \(service.name) failed, and ECS starts no replacements for it.",
            hint: "Deploy a working version, or the last one that worked: "
                + snapshot.command("update-service", "--service", service.name.rawValue)
                + " --task-definition FAMILY:REVISION")
    }

    fileprivate static func noCapacity(_ service: ObservedService, _ event: String) -> Self {
        // "missing an attribute required by your task", "memberOf placement constraint unsatisfied", …
        let isConstrained = event.contains("attribute") || event.contains("constraint")
        return Self(
            .noCapacity, message: "No instance has room for a replacement: \(event)",
            hint: isConstrained
                ? "Add an instance that has the attributes and meets the placement constraints of service \(service.name), "
                    + "or loosen them."
                : "Add an instance to the cluster, or free CPU, memory or ports that service \(service.name) needs.")
    }

    fileprivate static func replacementsFail(
        _ service: ObservedService, _ event: String, in snapshot: ClusterSnapshot
    ) -> Self {
        Self(
            .replacementsFail, message: "The replacements of service \(service.name) do not become healthy: \(event)",
            hint: "See the log of its containers, and why its tasks stop: "
                + snapshot.command("list-tasks", "--service-name", service.name.rawValue)
                + " --desired-status STOPPED, then aws ecs describe-tasks.")
    }

    static func protectedTask(_ task: TaskARN, until expiry: Timestamp, in snapshot: ClusterSnapshot) -> Self {
        Self(
            .protectedTask,
            message: "Task \(task.shortName) is protected from scale-in until \(expiry.rfc3339), and DRAINING would "
                + "not respect that.",
            hint: "Let it end its work, or lift the protection: "
                + snapshot.command("update-task-protection", "--tasks", task.shortName) + " --no-protection-enabled")
    }

    static func hookUnread(_ reason: String) -> Self {
        Self(
            .hookUnread, message: "The lifecycle hook could not be read: \(reason)",
            hint: "Allow autoscaling:DescribeLifecycleHooks; meanwhile heartbeats are sent every 15 s.")
    }
}

extension Blocker {
    static func actionsUnread(_ reason: String) -> Self {
        Self(
            .hookUnread, message: "Whether Auto Scaling waits for the instance could not be read: \(reason)",
            hint: "Allow autoscaling:DescribeAutoScalingGroups and DescribeLifecycleHooks; draind keeps trying.")
    }
}

extension Blocker.Code {
    /// Whether there is at most one of the kind on a drain; the others name each task or service.
    var isOfTheWholeDrain: Bool {
        switch self {
        case .awsRefused, .awsUnreachable, .hookUnread, .agentDisconnected: true
        case .deploymentDeadlock, .deploymentFailed, .noCapacity, .protectedTask, .replacementsFail, .standaloneTask:
            false
        }
    }
}
