import SimulatedWorld

/// EC2 Auto Scaling over the Query protocol, version 2011-01-01.
enum AutoScalingWire {
    static let namespace = "http://autoscaling.amazonaws.com/doc/2011-01-01/"

    static func perform(_ request: WireRequest, in world: inout World) throws(World.Failure) -> [XML] {
        let form = QueryForm(request.body)
        switch request.operation {
        case "DescribeAutoScalingGroups": return try describeGroups(form, request, world)
        case "DescribeWarmPool": return try describeWarmPool(form, request, world)
        // Of its settings, the state alone; nothing is launched for it, but a scale-in returns instances to it.
        case "PutWarmPool":
            guard let state = World.WarmPool.State(rawValue: form["PoolState"] ?? "Stopped") else {
                throw .validation("PoolState must be one of Stopped, Running")
            }
            try world.setWarmPool(.init(state: state), ofGroup: form.required("AutoScalingGroupName"))
            return []
        case "DescribeAutoScalingInstances": return try describeInstances(form, request, world)
        case "PutLifecycleHook":
            try world.putLifecycleHook(hook(form, in: world))
            return []
        case "DescribeLifecycleHooks": return try describeHooks(form, world)
        case "DeleteLifecycleHook":
            try world.deleteLifecycleHook(
                named: form.required("LifecycleHookName"), group: form.required("AutoScalingGroupName"))
            return []
        case "TerminateInstanceInAutoScalingGroup":
            let activity = try world.terminateInstanceInAutoScalingGroup(
                instanceID: form.required("InstanceId"),
                shouldDecrementDesiredCapacity: form.required("ShouldDecrementDesiredCapacity") == "true")
            return [XML("Activity", describe(activity))]
        case "SetDesiredCapacity":
            guard let capacity = try form.integer("DesiredCapacity") else {
                throw .validation("DesiredCapacity is required")
            }
            try world.setDesiredCapacity(capacity, ofGroup: form.required("AutoScalingGroupName"))
            return []
        case "CompleteLifecycleAction":
            guard let result = World.LifecycleActionResult(rawValue: try form.required("LifecycleActionResult")) else {
                throw .validation("Lifecycle action result must be one of CONTINUE, ABANDON")
            }
            try world.completeLifecycleAction(
                group: form.required("AutoScalingGroupName"), hook: form.required("LifecycleHookName"), result: result,
                token: form["LifecycleActionToken"], instanceID: form["InstanceId"])
            return []
        case "RecordLifecycleActionHeartbeat":
            try world.recordLifecycleActionHeartbeat(
                group: form.required("AutoScalingGroupName"), hook: form.required("LifecycleHookName"),
                token: form["LifecycleActionToken"], instanceID: form["InstanceId"])
            return []
        default: throw .unknownOperation(request.operation)
        }
    }

    private static func hook(_ form: QueryForm, in world: World) throws(World.Failure) -> World.LifecycleHook {
        let group = try form.required("AutoScalingGroupName")
        let name = try form.required("LifecycleHookName")
        // A hook that exists keeps what the call does not mention.
        let known = try world.autoScalingGroup(named: group).hooks.first { $0.name == name }
        if known == nil, form["LifecycleTransition"] == nil {
            throw .validation("A LifecycleTransition must be specified when creating a new LifecycleHook.")
        }
        var hook = known ?? World.LifecycleHook(name: name, group: group)
        if let text = form["LifecycleTransition"] {
            guard let transition = World.LifecycleTransition(rawValue: text) else {
                throw .validation("Invalid lifecycle transition \(text)")
            }
            hook.transition = transition
        }
        if let seconds = try form.integer("HeartbeatTimeout") { hook.heartbeatTimeout = .seconds(seconds) }
        if let text = form["DefaultResult"] {
            guard let result = World.LifecycleActionResult(rawValue: text) else {
                throw .validation("Lifecycle action result must be one of CONTINUE, ABANDON")
            }
            hook.defaultResult = result
        }
        if let target = form["NotificationTargetARN"] { hook.notificationTargetARN = target.isEmpty ? nil : target }
        hook.roleARN = form["RoleARN"] ?? hook.roleARN
        if hook.notificationTargetARN != nil, hook.roleARN == nil {
            throw .validation("A RoleARN must be specified when a NotificationTargetARN is specified.")
        }
        hook.notificationMetadata = form["NotificationMetadata"] ?? hook.notificationMetadata
        return hook
    }

    private static func describeGroups(
        _ form: QueryForm, _ request: WireRequest, _ world: World
    ) throws(World.Failure) -> [XML] {
        let names = form.list("AutoScalingGroupNames")
        let wanted = world.autoScalingGroups.filter { names.isEmpty || names.contains($0.name) }
        let page = try page(of: wanted, upTo: 100, form, request)
        return [.list("AutoScalingGroups", of: page.elements.map { describe($0, in: world) })]
            + nextToken(page.nextToken)
    }

    private static func describeWarmPool(
        _ form: QueryForm, _ request: WireRequest, _ world: World
    ) throws(World.Failure) -> [XML] {
        let group = try world.autoScalingGroup(named: form.required("AutoScalingGroupName"))
        let page = try page(of: world.warmPoolMembers(ofGroup: group.name), upTo: 50, form, request)
        let instances = page.elements.map { instance in
            describe(
                instance, health: instance.isAlive ? "Healthy" : "Unhealthy",
                state: instance.lifecycleState == .terminatingWait
                    ? "Warmed:Terminating:Wait" : instance.lifecycleState.rawValue)
        }
        return warmPool(of: group) + [.list("Instances", of: instances)] + nextToken(page.nextToken)
    }

    private static func warmPool(of group: World.AutoScalingGroup) -> [XML] {
        group.warmPool.map { pool in
            [
                XML(
                    "WarmPoolConfiguration",
                    [
                        XML("MinSize", 0), XML("PoolState", pool.state.rawValue),
                        XML("InstanceReusePolicy", [XML("ReuseOnScaleIn", true)]),
                    ])
            ]
        } ?? []
    }

    private static func describeInstances(
        _ form: QueryForm, _ request: WireRequest, _ world: World
    ) throws(World.Failure) -> [XML] {
        let ids = form.list("InstanceIds")
        guard ids.count <= 50 else {
            throw .validation("The number of instance ids that may be passed in is limited to 50")
        }
        let all = world.autoScalingGroups.flatMap { world.members(ofGroup: $0.name) }
        let page = try page(of: all.filter { ids.isEmpty || ids.contains($0.instanceID) }, upTo: 50, form, request)
        // This operation shouts the health that the other only says.
        let instances = page.elements.map { instance in
            [XML("AutoScalingGroupName", instance.group)]
                + describe(instance, health: instance.isAlive ? "HEALTHY" : "UNHEALTHY")
        }
        return [.list("AutoScalingInstances", of: instances)] + nextToken(page.nextToken)
    }

    private static func page<Element>(
        of all: [Element], upTo limit: Int, _ form: QueryForm, _ request: WireRequest
    ) throws(World.Failure) -> Page<Element> {
        let size = try form.integer("MaxRecords") ?? 50
        guard (1...limit).contains(size) else { throw .validation("MaxRecords must be between 1 and \(limit).") }
        return try Page(
            of: all, size: size, token: form["NextToken"], limit: limit, cap: request.pageCap,
            refusal: World.Failure("InvalidNextToken", "The NextToken value is not valid."))
    }

    private static func describeHooks(_ form: QueryForm, _ world: World) throws(World.Failure) -> [XML] {
        let names = form.list("LifecycleHookNames")
        let group = try world.autoScalingGroup(named: form.required("AutoScalingGroupName"))
        return [
            .list("LifecycleHooks", of: group.hooks.filter { names.isEmpty || names.contains($0.name) }.map(describe))
        ]
    }

    private static func describe(_ group: World.AutoScalingGroup, in world: World) -> [XML] {
        [
            XML("AutoScalingGroupName", group.name), XML("AutoScalingGroupARN", group.arn),
            XML("MinSize", group.minSize), XML("MaxSize", group.maxSize), XML("DesiredCapacity", group.desiredCapacity),
            XML("DefaultCooldown", 300), .list("AvailabilityZones", of: group.availabilityZones),
            XML("HealthCheckType", "EC2"), XML("HealthCheckGracePeriod", 0),
            .list(
                "Instances",
                of: world.members(ofGroup: group.name).map {
                    describe($0, health: $0.isAlive ? "Healthy" : "Unhealthy")
                }),
            XML("CreatedTime", group.createdAt.iso8601), XML("NewInstancesProtectedFromScaleIn", false),
        ] + warmPool(of: group)
    }

    private static func describe(_ instance: World.Instance, health: String, state: String? = nil) -> [XML] {
        [
            XML("InstanceId", instance.instanceID), XML("InstanceType", instance.instanceType),
            XML("AvailabilityZone", instance.availabilityZone),
            XML("LifecycleState", state ?? instance.lifecycleState.rawValue),
            XML("HealthStatus", health), XML("ProtectedFromScaleIn", false),
        ]
    }

    private static func describe(_ hook: World.LifecycleHook) -> [XML] {
        var fields = [
            XML("LifecycleHookName", hook.name), XML("AutoScalingGroupName", hook.group),
            XML("LifecycleTransition", hook.transition.rawValue),
            XML("HeartbeatTimeout", Int(hook.heartbeatTimeout.components.seconds)),
            XML("GlobalTimeout", Int(hook.globalTimeout.components.seconds)),
            XML("DefaultResult", hook.defaultResult.rawValue),
        ]
        if let target = hook.notificationTargetARN { fields.append(XML("NotificationTargetARN", target)) }
        if let role = hook.roleARN { fields.append(XML("RoleARN", role)) }
        if let metadata = hook.notificationMetadata { fields.append(XML("NotificationMetadata", metadata)) }
        return fields
    }

    private static func describe(_ activity: World.ScalingActivity) -> [XML] {
        [
            XML("ActivityId", activity.id), XML("AutoScalingGroupName", activity.group),
            XML("Description", activity.description), XML("Cause", activity.cause),
            XML("StartTime", activity.startedAt.iso8601), XML("StatusCode", "InProgress"), XML("Progress", 0),
        ]
    }
}

/// What the Query services say where there is a next page.
func nextToken(_ token: String?, named name: String = "NextToken") -> [XML] { token.map { [XML(name, $0)] } ?? [] }

extension World.Failure {
    static func unknownOperation(_ name: String) -> Self {
        Self("InvalidAction", "The action \(name) is not valid for this web service, or is not simulated.")
    }
}
