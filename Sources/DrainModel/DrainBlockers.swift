/// Why a drain will not end by itself: reads one look as an experienced operator would.
enum DrainBlockers {
    static func found(
        for drain: Drain, in snapshot: ClusterSnapshot, at now: Timestamp, policy: DrainPolicy
    ) -> [Blocker] {
        var blockers: [Blocker] = []
        if let refused = drain.refusedCall { blockers.append(.awsRefused(refused)) }
        let silent = drain.containerInstances.sorted().first { arn in
            snapshot.status(of: arn) != nil && snapshot.containerInstances[arn]?.agentConnected == false
        }
        if !snapshot.machineHasEnded(drain.instance) {
            if let silent, drain.tasks.contains(where: { !$0.isStopped }) {
                blockers.append(
                    .agentDisconnected(
                        drain.instance, silent, isOneOfSeveral: !drain.alsoRegistered.isEmpty,
                        machine: snapshot.machineStates[drain.instance], machineUnseen: snapshot.machinesUnseen))
            }
            if policy.standaloneTasks == .wait, !drain.stopsStandaloneTasks(at: now, policy: policy) {
                let end = drain.standaloneTasksEndAt(policy: policy)
                blockers += drain.runningStandaloneTasks.map { .standaloneTask($0, stoppedAt: end) }
            }
        }
        for name in drain.services {
            guard let service = snapshot.services[name], service.isActive, !service.isDaemon else { continue }
            blockers += found(in: service, of: drain, snapshot)
        }
        return blockers
    }

    private static func found(
        in service: ObservedService, of drain: Drain, _ snapshot: ClusterSnapshot
    ) -> [Blocker] {
        var blockers: [Blocker] = []
        let isStillHere = drain.tasks.contains { $0.service == service.name && !$0.isStopped }
        let healthy = snapshot.healthyTasks(of: service.name, outside: drain.containerInstances)
        if isStillHere && service.isDeadlocked { blockers.append(.deploymentDeadlock(service)) }
        if healthy < service.desiredCount {
            if service.deploymentFailed { blockers.append(.deploymentFailed(service)) }
            if let event = service.latestEvent, event.contains("unable to place a task") {
                blockers.append(.noCapacity(service, event))
            } else if let event = service.latestEvent, ObservedService.complaints.contains(where: event.contains) {
                blockers.append(.replacementsFail(service, event))
            }
        }
        return blockers
    }
}

extension ObservedService {
    /// What ECS says in a service's events when its new tasks do not stay.
    /// Source: ECS developer guide, "Viewing Amazon ECS service event messages".
    static let complaints = ["is unhealthy", "unable to consistently start tasks", "failed to launch a task"]

    /// Whether the deployment limits allow neither one task more nor one task less than desired, so that ECS can
    /// never move one. ECS rounds the minimum up and the maximum down.
    /// Source: ECS developer guide, "Draining container instances".
    public var isDeadlocked: Bool {
        desiredCount > 0
            && (desiredCount * minimumHealthyPercent + 99) / 100 >= desiredCount
            && desiredCount * maximumPercent / 100 <= desiredCount
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

    static func awsUnreachable(_ reason: String) -> Self {
        Self(
            .awsUnreachable, message: "The cluster could not be looked at: \(reason)",
            hint: "Check draind's credentials, permissions and route to AWS; it keeps trying.")
    }

    /// - Parameters:
    ///   - isOneOfSeveral: the agent has registered the instance anew, so this registration will stay silent.
    ///   - machine: what EC2 says of it; if nothing, ``machineUnseen`` may say why.
    fileprivate static func agentDisconnected(
        _ instance: InstanceID, _ containerInstance: ContainerInstanceARN, isOneOfSeveral: Bool,
        machine: MachineState?, machineUnseen: String?
    ) -> Self {
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
                "The agent has registered anew; take the old registration away: aws ecs "
                    + "deregister-container-instance --force --container-instance \(containerInstance.shortName)"
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
    fileprivate static func standaloneTask(_ task: TaskARN, stoppedAt: Timestamp?) -> Self {
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
            hint:
                "Wait until it ends, stop it (aws ecs stop-task), or run draind with --standalone-tasks stop-after:15m."
        )
    }

    fileprivate static func deploymentDeadlock(_ service: ObservedService) -> Self {
        Self(
            .deploymentDeadlock,
            message: "Service \(service.name) may run neither more nor fewer than \(service.desiredCount) tasks "
                + "(minimumHealthyPercent \(service.minimumHealthyPercent), maximumPercent \(service.maximumPercent)), "
                + "so ECS cannot move one.",
            hint: "Raise maximumPercent to 200, or lower minimumHealthyPercent: aws ecs update-service --service "
                + "\(service.name) --deployment-configuration maximumPercent=200,minimumHealthyPercent=100")
    }

    fileprivate static func deploymentFailed(_ service: ObservedService) -> Self {
        Self(
            .deploymentFailed,
            message: "The deployment of service \(service.name) failed, and ECS starts no replacements for it.",
            hint: "Deploy a working version, or roll back: aws ecs update-service --service \(service.name) "
                + "--force-new-deployment")
    }

    fileprivate static func noCapacity(_ service: ObservedService, _ event: String) -> Self {
        Self(
            .noCapacity, message: "No instance has room for a replacement: \(event)",
            hint: "Add an instance to the cluster, or free CPU, memory or ports that service \(service.name) needs.")
    }

    fileprivate static func replacementsFail(_ service: ObservedService, _ event: String) -> Self {
        Self(
            .replacementsFail, message: "The replacements of service \(service.name) do not become healthy: \(event)",
            hint: "See why its new tasks stop: aws ecs describe-tasks, and the container's log.")
    }

    static func protectedTask(_ task: TaskARN, until expiry: Timestamp) -> Self {
        Self(
            .protectedTask,
            message: "Task \(task.shortName) is protected from scale-in until \(expiry.rfc3339), and DRAINING would "
                + "not respect that.",
            hint: "Let it end its work, or lift the protection: aws ecs update-task-protection --no-protection-enabled")
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
