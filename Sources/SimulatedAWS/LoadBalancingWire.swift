import SimulatedWorld

/// Elastic Load Balancing v2 over the Query protocol, version 2015-12-01.
enum LoadBalancingWire {
    static let namespace = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"

    static func perform(_ request: WireRequest, in world: inout World) throws(World.Failure) -> [XML] {
        let form = QueryForm(request.body)
        switch request.operation {
        case "DescribeTargetHealth":
            let group = try world.targetGroup(form.required("TargetGroupArn"))
            let wanted = try wantedTargets(form)
            let listed = group.targets.filter { target in
                wanted.isEmpty
                    || wanted.contains { $0.id == target.instanceID && ($0.port ?? target.port) == target.port }
            }
            let unknown = wanted.filter { want in
                !listed.contains { $0.instanceID == want.id && (want.port ?? $0.port) == $0.port }
            }
            return [
                .list(
                    "TargetHealthDescriptions",
                    of: listed.map { describe($0.instanceID, $0.port, $0.state.rawValue, $0.reason) }
                        + unknown.map { describe($0.id, $0.port ?? group.port, "unused", "Target.NotRegistered") })
            ]
        case "DescribeTargetGroups":
            let arns = form.list("TargetGroupArns")
            let names = form.list("Names")
            for arn in arns { _ = try world.targetGroup(arn) }
            let wanted = world.targetGroups.filter {
                (arns.isEmpty && names.isEmpty) || arns.contains($0.arn) || names.contains($0.name)
            }
            let page = try Page(
                of: wanted, size: form.integer("PageSize"), token: form["Marker"], limit: 400, cap: request.pageCap,
                refusal: .validation("Invalid marker"))
            return [.list("TargetGroups", of: page.elements.map(describe))]
                + nextToken(page.nextToken, named: "NextMarker")
        // Of a classic load balancer: the same signing name, another version of the API.
        case "DescribeInstanceHealth":
            let states = try world.describeInstanceHealth(
                loadBalancer: form.required("LoadBalancerName"))
            return [
                .list(
                    "InstanceStates",
                    of: states.map { state in
                        [
                            XML("InstanceId", state.instanceID), XML("State", state.state.rawValue),
                            XML("ReasonCode", state.reasonCode), XML("Description", state.description),
                        ]
                    })
            ]
        default: throw .unknownOperation(request.operation)
        }
    }

    private static func wantedTargets(_ form: QueryForm) throws(World.Failure) -> [(id: String, port: Int?)] {
        var wanted: [(id: String, port: Int?)] = []
        while let id = form["Targets.member.\(wanted.count + 1).Id"] {
            wanted.append((id, try form.integer("Targets.member.\(wanted.count + 1).Port")))
        }
        return wanted
    }

    private static func describe(_ id: String, _ port: Int, _ state: String, _ reason: String?) -> [XML] {
        [
            XML("Target", [XML("Id", id), XML("Port", port)]), XML("HealthCheckPort", "traffic-port"),
            XML("TargetHealth", [XML("State", state)] + (reason.map { [XML("Reason", $0)] } ?? [])),
        ]
    }

    private static func describe(_ group: World.TargetGroup) -> [XML] {
        [
            XML("TargetGroupArn", group.arn), XML("TargetGroupName", group.name), XML("Protocol", "HTTP"),
            XML("Port", group.port), XML("TargetType", "instance"), XML("HealthCheckEnabled", true),
            XML("HealthCheckIntervalSeconds", Int(group.healthCheckInterval.components.seconds)),
            XML("HealthyThresholdCount", group.healthyThreshold),
            XML("UnhealthyThresholdCount", group.unhealthyThreshold),
        ]
    }
}
