import DrainModel

/// The standard scene of these tests: instance `i-0a` (host `host-a`) in cluster `web` with one task of service
/// `shop`, whose replacement is to run on `host-b`. A test changes the one thing it is about.
struct Scene {
    static let start = Timestamp(millisecondsSinceEpoch: 1_700_000_000_000)
    static let host: ContainerInstanceARN = "arn:aws:ecs:eu-west-1:1:container-instance/web/host-a"
    static let otherHost: ContainerInstanceARN = "arn:aws:ecs:eu-west-1:1:container-instance/web/host-b"
    static let location = Drain.Location(cluster: "web", containerInstance: host)
    static let targetGroup: TargetGroupARN = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop-tg/1"

    var policy = DrainPolicy()
    var drain: Drain
    var snapshot: ClusterSnapshot

    /// The action is confirmed, the instance out of service for a minute, the replacement healthy, the old task
    /// stopped, everything listed: a drain that may finish.
    init(action: LifecycleAction = Scene.action()) {
        drain = DrainMachine.accept(action, from: .sns, at: Self.start, policy: policy)
        drain = DrainMachine.located(drain, at: Self.location, now: Self.start)
        drain.heartbeat.lastAt = Self.start
        drain.outOfServiceSince = Self.start - .seconds(60)
        snapshot = ClusterSnapshot(
            cluster: "web", takenAt: Self.start, asked: [Self.host],
            containerInstances: [
                Self.host: ContainerInstance(
                    arn: Self.host, instance: "i-0a", status: .draining, agentConnected: true)
            ],
            listedContainerInstances: [Self.host],
            services: ["shop": ObservedService(name: "shop", desiredCount: 1)])
        put(Self.task("old", on: Self.host, lastStatus: "STOPPED"))
        put(Self.task("new", on: Self.otherHost))
    }

    static func action(
        token: LifecycleActionToken? = "11111111-1111-1111-1111-111111111111", startedAt: Timestamp = Scene.start
    ) -> LifecycleAction {
        LifecycleAction(
            autoScalingGroup: "web-asg", lifecycleHook: "drain", instance: "i-0a", token: token,
            transition: .terminating, startedAt: startedAt)
    }

    static func task(
        _ name: String, on host: ContainerInstanceARN?, service: ServiceName? = "shop", lastStatus: String = "RUNNING",
        health: ObservedTask.Health = .notChecked, stoppedAt: Timestamp? = nil, addresses: [String] = []
    ) -> ObservedTask {
        ObservedTask(
            arn: TaskARN("arn:aws:ecs:eu-west-1:1:task/web/\(name)"), containerInstance: host, service: service,
            desiredStatus: lastStatus == "RUNNING" ? "RUNNING" : "STOPPED", lastStatus: lastStatus, health: health,
            stoppedAt: stoppedAt, addresses: addresses)
    }

    mutating func put(_ task: ObservedTask) { snapshot.tasks[task.arn] = task }

    mutating func putTargets(_ targets: [(id: String, state: String)]) {
        snapshot.services["shop"]?.targetGroups = [Self.targetGroup]
        snapshot.targetGroups[Self.targetGroup] = ObservedTargetGroup(
            arn: Self.targetGroup, targets: targets.map { .init(id: $0.id, port: 32_768, state: $0.state) })
    }

    func judged(after elapsed: Duration = .seconds(10), mayBegin: Bool = true) -> DrainMachine.Step {
        DrainMachine.judge(drain, by: snapshot, mayBegin: mayBegin, at: Self.start + elapsed, policy: policy)
    }

    /// An answer to a call of this drain.
    func answered(
        _ call: Call, _ answer: CallAnswer, sentBefore: Bool = false, at now: Timestamp = Scene.start
    ) -> Drain {
        DrainMachine.answered(
            drain, call, answer, sentAt: now, mayHaveBeenSentBefore: sentBefore, at: now)
    }

    var heartbeat: Call { .recordHeartbeat(drain.id, Scene.action()) }

    /// Judges, and keeps the record for the next look.
    @discardableResult
    mutating func judge(after elapsed: Duration, mayBegin: Bool = true) -> DrainMachine.Step {
        let step = judged(after: elapsed, mayBegin: mayBegin)
        drain = step.drain
        return step
    }
}

extension DrainMachine.Step {
    var completes: Bool { calls.contains { if case .complete = $0 { true } else { false } } }
    var waits: [String] { drain.waitingFor.map { "\($0.kind.rawValue) \($0.name): \($0.detail)" } }
    var blockers: [Blocker.Code] { drain.blockedBy.map(\.code) }
}
