import SimulatedWorld

/// STS over the Query protocol, version 2011-06-15.
enum STSWire {
    static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    static func perform(_ request: WireRequest, in world: World) throws(World.Failure) -> [XML] {
        guard request.operation == "GetCallerIdentity" else { throw .unknownOperation(request.operation) }
        return [
            XML("Arn", "arn:aws:sts::\(world.account.id):assumed-role/simulated/session"),
            XML("UserId", "AROASIMULATED:session"), XML("Account", world.account.id),
        ]
    }
}
