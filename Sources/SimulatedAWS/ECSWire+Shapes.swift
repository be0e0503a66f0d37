import SimulatedWorld

/// How ECS shows things.
extension ECSWire {
    static func show(_ cluster: World.Cluster, in world: World) -> JSON {
        let tasks = world.tasks(in: cluster).filter { $0.desiredStatus == .running }
        return [
            "clusterArn": .text(cluster.arn), "clusterName": .text(cluster.name), "status": "ACTIVE",
            "registeredContainerInstancesCount": JSON(
                world.containerInstances(in: cluster).count { $0.status != .inactive }),
            "runningTasksCount": JSON(tasks.count { $0.lastStatus == .running }),
            "activeServicesCount": JSON(world.services(in: cluster).count { $0.status == .active }),
            "capacityProviders": .list(world.capacityProviders(of: cluster).keys.sorted().map { .text($0) }),
        ]
    }

    static func show(_ provider: String, of group: World.AutoScalingGroup) -> JSON {
        [
            "name": .text(provider), "status": "ACTIVE",
            "autoScalingGroupProvider": ["autoScalingGroupArn": .text(group.arn)],
        ]
    }

    static func show(_ host: World.ContainerInstance, in world: World) -> JSON {
        let counts = world.taskCounts(on: host)
        return [
            "containerInstanceArn": .text(host.arn), "ec2InstanceId": .text(host.ec2InstanceID),
            "version": JSON(host.version), "status": .text(host.status.rawValue),
            "agentConnected": JSON(host.agentConnected), "runningTasksCount": JSON(counts.running),
            "pendingTasksCount": JSON(counts.pending), "registeredResources": show(host.registered),
            "remainingResources": show(host.remaining), "registeredAt": JSON(host.registeredAt),
            "attributes": [["name": "ecs.availability-zone", "value": .text(host.availabilityZone)]],
        ]
    }

    private static func show(_ resources: World.Resources) -> JSON {
        .list(
            [("CPU", resources.cpu), ("MEMORY", resources.memory)].map { name, value in
                ["name": .text(name), "type": "INTEGER", "integerValue": JSON(value)]
            })
    }

    static func show(_ protection: World.TaskProtection) -> JSON {
        [
            "taskArn": .text(protection.taskARN), "protectionEnabled": JSON(protection.isEnabled),
            "expirationDate": JSON(protection.expiresAt),
        ]
    }

    static func show(_ failure: World.ResourceFailure) -> JSON {
        ["arn": .text(failure.arn), "reason": .text(failure.reason), "detail": JSON(failure.detail)]
    }

    static func show(_ task: World.Task, in world: World) -> JSON {
        let binding: JSON =
            task.hostPort.map { port in
                [
                    [
                        "bindIP": "0.0.0.0", "containerPort": JSON(task.containerPort), "hostPort": JSON(port),
                        "protocol": "tcp",
                    ]
                ]
            } ?? []
        return [
            "taskArn": .text(task.arn), "clusterArn": JSON((try? world.cluster(task.cluster))?.arn),
            "taskDefinitionArn": .text(task.taskDefinitionARN),
            "containerInstanceArn": .text(task.containerInstanceARN), "group": .text(task.group),
            "startedBy": JSON(task.startedBy), "desiredStatus": .text(task.desiredStatus.rawValue),
            "lastStatus": .text(task.lastStatus.rawValue), "healthStatus": .text(task.healthStatus.rawValue),
            "cpu": .text(String(task.resources.cpu)), "memory": .text(String(task.resources.memory)),
            "launchType": "EC2", "attachments": [], "createdAt": JSON(task.createdAt),
            "startedAt": JSON(task.startedAt),
            "stoppingAt": JSON(task.stoppingAt), "stoppedAt": JSON(task.stoppedAt), "stopCode": JSON(task.stopCode),
            "stoppedReason": JSON(task.stoppedReason),
            "containers": [
                [
                    "name": .text(task.containerName), "runtimeId": .text(task.runtimeID),
                    "lastStatus": .text(task.containerStatus),
                    "healthStatus": .text(task.healthStatus.rawValue), "networkBindings": binding,
                ]
            ],
        ]
    }

    static func show(_ service: World.Service, in world: World) -> JSON {
        let counts = world.taskCounts(of: service)
        let definition = try? world.taskDefinition(service.taskDefinitionARN)
        return [
            "serviceName": .text(service.name), "serviceArn": .text(service.arn),
            "clusterArn": JSON((try? world.cluster(service.cluster))?.arn), "status": .text(service.status.rawValue),
            "desiredCount": JSON(service.desiredCount), "runningCount": JSON(counts.running),
            "pendingCount": JSON(counts.pending), "schedulingStrategy": .text(service.schedulingStrategy.rawValue),
            "launchType": "EC2", "taskDefinition": .text(service.taskDefinitionARN),
            "createdAt": JSON(service.createdAt), "deploymentController": ["type": "ECS"],
            "deploymentConfiguration": [
                "minimumHealthyPercent": JSON(service.minimumHealthyPercent),
                "maximumPercent": JSON(service.maximumPercent),
            ],
            "deployments": [
                [
                    "id": .text(service.deploymentID), "status": "PRIMARY",
                    "taskDefinition": .text(service.taskDefinitionARN), "desiredCount": JSON(service.desiredCount),
                    "runningCount": JSON(counts.running), "pendingCount": JSON(counts.pending),
                    "createdAt": JSON(service.deployedAt), "rolloutState": JSON(world.rolloutState(of: service)),
                ]
            ],
            "loadBalancers": .list(
                service.targetGroupARNs.map { arn in
                    [
                        "targetGroupArn": .text(arn), "containerName": .text(definition?.family ?? service.name),
                        "containerPort": JSON(definition?.containerPort),
                    ]
                }),
            "events": .list(
                service.events.prefix(100).map { event in
                    ["id": .text(event.id), "createdAt": JSON(event.at), "message": .text(event.message)]
                }),
        ]
    }

    static func show(_ definition: World.TaskDefinition) -> JSON {
        var container: [String: JSON] = [
            "name": .text(definition.family), "image": .text("simulated/\(definition.family)"), "essential": true,
            "cpu": JSON(definition.resources.cpu), "memory": JSON(definition.resources.memory),
        ]
        if let port = definition.containerPort {
            container["portMappings"] = [["containerPort": JSON(port), "hostPort": 0, "protocol": "tcp"]]
        }
        if definition.healthyAfter != nil {
            container["healthCheck"] = [
                "command": ["CMD-SHELL", "healthy"], "interval": 5, "timeout": 2, "retries": 3,
            ]
        }
        return [
            "taskDefinitionArn": .text(definition.arn), "family": .text(definition.family),
            "revision": JSON(definition.revision), "status": "ACTIVE", "networkMode": "bridge",
            "containerDefinitions": [.object(container)], "requiresCompatibilities": ["EC2"],
        ]
    }
}
