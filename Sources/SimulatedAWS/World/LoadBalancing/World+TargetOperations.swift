/// The operations of Elastic Load Balancing v2, by AWS's names.
extension World {
    /// `CreateTargetGroup`; the answer carries the ARN.
    @discardableResult
    public mutating func createTargetGroup(_ targetGroup: TargetGroup) throws(Failure) -> TargetGroup { fatalError() }

    /// Every target group, in order of creation.
    public var targetGroups: [TargetGroup] { fatalError() }

    /// By ARN; throws `TargetGroupNotFound`.
    public func targetGroup(_ arn: String) throws(Failure) -> TargetGroup { fatalError() }

    /// `RegisterTargets`, one of them. Registering a draining target again makes it `initial`.
    public mutating func registerTarget(instanceID: String, port: Int, in arn: String) throws(Failure) { fatalError() }

    /// `DeregisterTargets`, one of them: `draining` for the deregistration delay, then gone. Unknown ones are ignored.
    public mutating func deregisterTarget(instanceID: String, port: Int?, in arn: String) throws(Failure) {
        fatalError()
    }

    /// Changes the steady traffic of a target group from now on.
    public mutating func setTraffic(requestsPerSecond: Int, to arn: String) throws(Failure) { fatalError() }
}
