/// The operations of Elastic Load Balancing v2, by AWS's names.
extension World {
    /// `CreateTargetGroup`; the answer carries the ARN.
    @discardableResult
    public mutating func createTargetGroup(_ targetGroup: TargetGroup) throws(Failure) -> TargetGroup {
        guard !balancers.contains(where: { !$0.isClassic && $0.name == targetGroup.name }) else {
            throw Failure("DuplicateTargetGroupName", "A target group with the same name '\(targetGroup.name)' exists")
        }
        var created = targetGroup
        created.arn = account.arn("elasticloadbalancing", "targetgroup/\(created.name)/\(random.hexadecimal(16))")
        created.settleTraffic(until: now)
        targetGroupsByARN[created.arn] = balancers.count
        balancers.append(created)
        return created
    }

    /// By ARN; throws `TargetGroupNotFound`.
    public func targetGroup(_ arn: String) throws(Failure) -> TargetGroup { balancers[try targetGroupIndex(arn)] }

    /// `ModifyTargetGroupAttributes`: for targets deregistered from now on.
    public mutating func setDeregistrationDelay(_ delay: Duration, ofTargetGroup arn: String) throws(Failure) {
        balancers[try targetGroupIndex(arn)].deregistrationDelay = delay
    }

    /// `RegisterTargets`, one of them. What is registered already stays as it is; a draining one begins anew.
    public mutating func registerTarget(instanceID: String, port: Int, in arn: String) throws(Failure) {
        let group = try targetGroupIndex(arn)
        guard let instance = instance(withID: instanceID), instance.isAlive else {
            throw Failure("InvalidTarget", "The following targets are not in a running state: \(instanceID)")
        }
        let tasks = instance.containerInstances.flatMap { self[$0].listedTasks }.compactMap { taskTable[$0] }
        let listener = tasks.last { $0.hostPort == port && $0.isProcessAlive }
        let known = balancers[group].targets.filter { $0.instanceID == instanceID && $0.port == port }
        if known.contains(where: { $0.state != .draining }) { return }
        for target in known { removeTarget(Target.Place(group: group, number: target.number)) }
        addTarget(instance.id, port: port, listener: listener, to: group)
    }

    /// `DeregisterTargets`, one of them: `draining` for the deregistration delay, then gone. Without a port, every
    /// port of the instance. Unknown ones are ignored.
    public mutating func deregisterTarget(instanceID: String, port: Int?, in arn: String) throws(Failure) {
        let group = try targetGroupIndex(arn)
        for target in balancers[group].targets where target.instanceID == instanceID {
            if port == nil || target.port == port { drainTarget(Target.Place(group: group, number: target.number)) }
        }
    }

    /// Changes the steady traffic of a target group from now on.
    public mutating func setTraffic(requestsPerSecond: Int, to arn: String) throws(Failure) {
        let group = try targetGroupIndex(arn)
        balancers[group].settleTraffic(until: now)
        balancers[group].traffic.restart(requestsPerSecond: requestsPerSecond, at: now)
    }

    /// What has become of the requests through a target group, since its creation until now.
    public func requests(throughTargetGroup arn: String) throws(Failure) -> Requests {
        settledTraffic(of: try targetGroupIndex(arn)).requests
    }

    func settledTraffic(of group: Int) -> Traffic {
        var settled = balancers[group]
        settled.settleTraffic(until: now)
        return settled.traffic
    }

    func targetGroupIndex(_ arn: String) throws(Failure) -> Int {
        guard let index = targetGroupsByARN[arn] else {
            throw Failure("TargetGroupNotFound", "One or more target groups not found")
        }
        return index
    }
}
