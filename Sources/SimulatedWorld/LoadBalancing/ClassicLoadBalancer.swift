extension World {
    /// A classic load balancer: it knows instances, not ports, so a service behind it has a static host port and one
    /// task an instance. Inside, it is a target group with another protocol.
    public struct ClassicLoadBalancer: Hashable, Sendable {
        public let name: String
        public let instancePort: Int
        /// `ConnectionDraining`; zero: it is off.
        public let connectionDraining: Duration
        public let healthCheckInterval: Duration
        public let unhealthyThreshold: Int

        public init(
            name: String, instancePort: Int, connectionDraining: Duration = .seconds(300),
            healthCheckInterval: Duration = .seconds(30), unhealthyThreshold: Int = 2
        ) {
            self.name = name
            self.instancePort = instancePort
            self.connectionDraining = connectionDraining
            self.healthCheckInterval = healthCheckInterval
            self.unhealthyThreshold = unhealthyThreshold
        }
    }

    /// An entry of `InstanceStates` (Elastic Load Balancing API, InstanceState).
    public struct InstanceHealth: Hashable, Sendable {
        public let instanceID: String
        public let state: State
        /// `ELB`, `Instance` or `N/A`.
        public let reasonCode: String
        public let description: String

        public enum State: String, Hashable, Sendable {
            case inService = "InService"
            case outOfService = "OutOfService"
        }
    }
}

/// The operations of Elastic Load Balancing (classic), by AWS's names.
extension World {
    /// In order of creation.
    public var loadBalancers: [ClassicLoadBalancer] {
        balancers.filter(\.isClassic).map { group in
            ClassicLoadBalancer(
                name: group.name, instancePort: group.port, connectionDraining: group.deregistrationDelay,
                healthCheckInterval: group.healthCheckInterval, unhealthyThreshold: group.unhealthyThreshold)
        }
    }

    /// `CreateLoadBalancer`; with steady traffic if wanted.
    public mutating func createLoadBalancer(
        _ loadBalancer: ClassicLoadBalancer, requestsPerSecond: Int = 0
    ) throws(Failure) {
        guard loadBalancersByName[loadBalancer.name] == nil else {
            throw Failure(
                "DuplicateLoadBalancerName", "Load Balancer named '\(loadBalancer.name)' already exists")
        }
        var group = TargetGroup(
            name: loadBalancer.name, deregistrationDelay: loadBalancer.connectionDraining,
            healthCheckInterval: loadBalancer.healthCheckInterval,
            unhealthyThreshold: loadBalancer.unhealthyThreshold, requestsPerSecond: requestsPerSecond,
            port: loadBalancer.instancePort)
        group.isClassic = true
        group.settleTraffic(until: now)
        loadBalancersByName[group.name] = balancers.count
        balancers.append(group)
    }

    /// `DescribeInstanceHealth`: of all registered instances, or of those asked for. Terminated ones are not returned.
    public func describeInstanceHealth(
        loadBalancer name: String, instanceIDs: [String] = []
    ) throws(Failure) -> [InstanceHealth] {
        let group = balancers[try loadBalancerIndex(name)]
        if instanceIDs.isEmpty { return group.targets.map(health) }
        var answer: [InstanceHealth] = []
        for id in instanceIDs {
            guard let instance = instance(withID: id) else {
                throw Failure("InvalidInstance", "Could not find EC2 instance \(id).")
            }
            if let target = group.targets.last(where: { $0.instanceID == id }) {
                answer.append(health(of: target))
            } else if instance.isAlive {
                answer.append(
                    InstanceHealth(
                        instanceID: id, state: .outOfService, reasonCode: "Instance",
                        description: "Instance is not currently registered with the LoadBalancer."))
            }
        }
        return answer
    }

    func loadBalancerIndex(_ name: String) throws(Failure) -> Int {
        guard let index = loadBalancersByName[name] else {
            throw Failure("LoadBalancerNotFound", "There is no ACTIVE Load Balancer named '\(name)'")
        }
        return index
    }

    /// A deregistered instance stays `InService` while its connections drain; only the description tells.
    private func health(of target: Target) -> InstanceHealth {
        let (state, reason, description): (InstanceHealth.State, String, String) =
            switch target.state {
            case .initial: (.outOfService, "ELB", "Instance registration is still in progress.")
            case .healthy: (.inService, "N/A", "N/A")
            case .draining: (.inService, "N/A", "Instance deregistration currently in progress.")
            case .unhealthy:
                (
                    .outOfService, "Instance",
                    "Instance has failed at least the UnhealthyThreshold number of health checks consecutively."
                )
            }
        return InstanceHealth(
            instanceID: target.instanceID, state: state, reasonCode: reason, description: description)
    }
}
