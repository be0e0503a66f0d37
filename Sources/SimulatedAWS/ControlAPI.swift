import SimulatedWorld

/// What a scenario or a test asks of the simulation itself, beside AWS's own protocols:
///
/// | request | does |
/// |---|---|
/// | `GET /_sim/state` | everything as it really is: instances, services, lifecycle actions, calls, violations |
/// | `POST /_sim/mark` | counts minimum and requests of the services anew from now |
/// | `POST /_sim/scale-in` `{"group", "count"}` | lowers the group's desired capacity |
/// | `POST /_sim/run-task` `{"taskDefinition", "cluster"}` | starts a standalone task |
/// | `POST /_sim/timings` `{"replacementHealthDelay"}` | seconds added before a new task becomes healthy |
/// | `POST /_sim/hold-answers` `{"operations"}` | those take effect, but are not answered until the next such request |
/// | `POST /_sim/kill-instance` `{"instanceId"}` | cuts an instance's power |
/// | `POST /_sim/interrupt-instance` `{"instanceId", "topicArn", "secondsLeft"}` | EC2 takes a Spot instance back |
/// | `POST /_sim/send-events` `{"topicArn"}` | ECS's events go to that topic from now on; without one, nowhere |
///
/// EC2's warning is published to that topic, if one is given. If fewer seconds are left than the usual 120, it is that
/// much older.
///
/// Answers are JSON; a request that is refused is answered with 400 and `{"code", "message"}`.
struct ControlAPI: Sendable {
    let account: SimulatedAccount

    func answer(_ method: String, _ path: String, _ body: [UInt8]) async -> WireAnswer {
        let input = JSON(bytes: body) ?? [:]
        do throws(World.Failure) {
            switch (method, path) {
            case ("GET", "/_sim/state"): return json(Self.show(await account.state()))
            case ("POST", "/_sim/mark"): await account.change { $0.markTruth() }
            case ("POST", "/_sim/scale-in"): try await scaleIn(input)
            case ("POST", "/_sim/run-task"):
                let definition = input["taskDefinition"].string ?? ""
                let cluster = input["cluster"].string
                let tasks = try await account.change { world throws(World.Failure) in
                    try world.runTask(taskDefinition: definition, cluster: cluster)
                }
                return json(["tasks": .list(tasks.map { .text($0.arn) })])
            case ("POST", "/_sim/timings"):
                guard let seconds = input["replacementHealthDelay"].int else {
                    throw .validation("replacementHealthDelay must be a number of seconds")
                }
                await account.change { $0.timings.replacementHealthDelay = .seconds(seconds) }
            case ("POST", "/_sim/hold-answers"): await account.hold(Set(input["operations"].strings ?? []))
            case ("POST", "/_sim/kill-instance"):
                let id = input["instanceId"].string ?? ""
                try await account.change { world throws(World.Failure) in try world.terminateInstance(instanceID: id) }
            case ("POST", "/_sim/interrupt-instance"): try await interrupt(input)
            case ("POST", "/_sim/send-events"):
                let topic = input["topicArn"].string
                try await account.change { world throws(World.Failure) in try world.sendECSEvents(toTopic: topic) }
            default:
                throw World.Failure("NotFound", "\(method) \(path) is nothing that the simulation knows", status: 404)
            }
            return json([:])
        } catch {
            return WireAnswer(
                status: error.status, contentType: "application/json",
                body: JSON.object(["code": .text(error.code), "message": .text(error.message)]).written)
        }
    }

    private func json(_ value: JSON) -> WireAnswer {
        WireAnswer(status: 200, contentType: "application/json", body: value.written)
    }

    private func scaleIn(_ input: JSON) async throws(World.Failure) {
        let name = input["group"].string ?? ""
        let count = input["count"].int ?? 1
        try await account.change { world throws(World.Failure) in
            let group = try world.autoScalingGroup(named: name)
            try world.setDesiredCapacity(group.desiredCapacity - count, ofGroup: name)
        }
    }

    private func interrupt(_ input: JSON) async throws(World.Failure) {
        let id = input["instanceId"].string ?? ""
        let topic = input["topicArn"].string
        let left = Duration.seconds(input["secondsLeft"].int ?? 120)
        guard left > .zero, left <= World.spotNotice else { throw .validation("secondsLeft must be 1 to 120") }
        try await account.change { world throws(World.Failure) in
            try world.interruptSpotInstance(instanceID: id, left: left, publishingTo: topic)
        }
    }

    private static func show(_ world: World) -> JSON {
        [
            "now": .text(world.now.iso8601), "instances": .list(world.instanceStatuses.map(show)),
            "services": .list(world.serviceTruths.map(show)),
            "lifecycleActions": .list(world.lifecycleActions.map(show)),
            "endings": .list(world.instanceTruths.map(show)),
            "violations": .list(
                world.violations.map { violation in
                    [
                        "at": .text(violation.at.iso8601), "instanceId": .text(violation.instanceID),
                        "hook": .text(violation.hook), "kind": .text("\(violation.kind)"),
                        "subject": .text(violation.subject), "detail": .text(violation.detail),
                    ]
                }),
            "apiCalls": .object(world.apiCalls.mapValues { JSON($0) }),
            "lifecycleCalls": .list(
                world.lifecycleCalls.map { ["at": .text($0.at.iso8601), "operation": .text($0.operation)] }),
            "deliveries": [
                "delivered": JSON(world.deliveryCounts.delivered), "refused": JSON(world.deliveryCounts.refused),
                "dropped": JSON(world.deliveryCounts.dropped),
                "failedAttempts": JSON(world.deliveryCounts.failedAttempts),
            ],
        ]
    }

    private static func show(_ instance: World.InstanceStatus) -> JSON {
        [
            "instanceId": .text(instance.instanceID), "lifecycleState": .text(instance.lifecycleState.rawValue),
            "containerInstanceStatus": JSON(instance.containerInstanceStatus?.rawValue),
            "tasks": .list(
                instance.tasks.map { task in
                    [
                        "service": JSON(task.service), "lastStatus": .text(task.lastStatus.rawValue),
                        "inService": JSON(task.isInService), "target": JSON(task.target?.rawValue),
                    ]
                }),
        ]
    }

    private static func show(_ service: World.ServiceTruth) -> JSON {
        [
            "name": .text(service.name), "cluster": .text(service.cluster), "desiredCount": JSON(service.desiredCount),
            "minimum": JSON(service.minimum), "inService": JSON(service.inService),
            "leastInService": JSON(service.leastInService), "requestsServed": JSON(service.requests.served),
            "requestsLost": JSON(service.requests.lost),
        ]
    }

    private static func show(_ action: World.LifecycleAction) -> JSON {
        [
            "token": .text(action.token), "autoScalingGroup": .text(action.group), "lifecycleHook": .text(action.hook),
            "instanceId": .text(action.instanceID), "startedAt": .text(action.startedAt.iso8601),
            "heartbeats": JSON(action.heartbeats.count),
            "heartbeatsAt": .list(action.heartbeats.map { .text($0.iso8601) }),
            "completedAt": JSON(action.completion?.at.iso8601),
            "result": JSON(action.completion?.result.rawValue), "cause": JSON(action.completion?.cause.rawValue),
        ]
    }

    private static func show(_ ending: World.InstanceTruth) -> JSON {
        [
            "instanceId": .text(ending.instanceID), "actionStartedAt": .text(ending.actionStartedAt.iso8601),
            "notificationDeliveredAt": JSON(ending.notificationDeliveredAt?.iso8601),
            "lastReplacementHealthyAt": JSON(ending.lastReplacementHealthyAt?.iso8601),
            "drainedAt": JSON(ending.drainedAt?.iso8601), "actionCompletedAt": JSON(ending.actionCompletedAt?.iso8601),
            "result": JSON(ending.result?.rawValue),
            "diedAt": JSON(ending.diedAt?.iso8601),
        ]
    }
}
