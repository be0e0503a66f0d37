import SimulatedWorld

/// EC2 over its own variant of the Query protocol, version 2016-11-15: what it takes to see whether machines run.
enum EC2Wire {
    static let namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"

    static func perform(_ request: WireRequest, in world: World) throws(World.Failure) -> [XML] {
        guard request.operation == "DescribeInstances" else { throw .unknownOperation(request.operation) }
        let form = QueryForm(request.body)
        let page = try Page(
            of: try instances(form, in: world), size: form.integer("MaxResults"), token: form["NextToken"], limit: 1000,
            cap: request.pageCap, refusal: World.Failure("InvalidNextToken", "The token is not valid."))
        return [XML("reservationSet", page.elements.map { reservation(of: $0, in: world) })]
            + nextToken(page.nextToken, named: "nextToken")
    }

    private static func instances(_ form: QueryForm, in world: World) throws(World.Failure) -> [World.Instance] {
        let named = form.numbered("InstanceId")
        if let unknown = named.first(where: { world.describeInstances([$0]).isEmpty }) {
            throw World.Failure("InvalidInstanceID.NotFound", "The instance ID '\(unknown)' does not exist")
        }
        var found = world.describeInstances(named.isEmpty ? nil : named)
        var number = 1
        while let name = form["Filter.\(number).Name"] {
            let values = Set(form.numbered("Filter.\(number).Value"))
            switch name {
            case "instance-id": found.removeAll { !values.contains($0.instanceID) }
            case "instance-state-name": found.removeAll { !values.contains($0.ec2State.rawValue) }
            default:
                throw World.Failure("InvalidParameterValue", "The filter '\(name)' is invalid, or is not simulated.")
            }
            number += 1
        }
        return found
    }

    private static func reservation(of instance: World.Instance, in world: World) -> XML {
        XML(
            "item",
            [
                XML("reservationId", "r-" + instance.instanceID.dropFirst(2)), XML("ownerId", world.account.id),
                XML("instancesSet", [XML("item", describe(instance))]),
            ])
    }

    private static func describe(_ instance: World.Instance) -> [XML] {
        [
            XML("instanceId", instance.instanceID),
            XML(
                "instanceState",
                [XML("code", code(of: instance.ec2State)), XML("name", instance.ec2State.rawValue)]),
            XML("instanceType", instance.instanceType), XML("privateIpAddress", instance.privateIPAddress),
            XML("launchTime", instance.launchedAt.iso8601),
            XML("placement", [XML("availabilityZone", instance.availabilityZone)]),
        ]
    }

    /// Source: Amazon EC2 API reference, InstanceState.
    private static func code(of state: World.EC2State) -> Int {
        switch state {
        case .pending: 0
        case .running: 16
        case .shuttingDown: 32
        case .terminated: 48
        case .stopping: 64
        case .stopped: 80
        }
    }
}
