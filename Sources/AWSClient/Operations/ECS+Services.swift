extension ECS {
    public struct Service: Hashable, Sendable {
        public let serviceName: String
        public let serviceArn: String
        /// `ACTIVE`, `DRAINING` or `INACTIVE`.
        public let status: String
        public let desiredCount: Int
        public let runningCount: Int
        public let pendingCount: Int
        /// `REPLICA` or `DAEMON`.
        public let schedulingStrategy: String
        /// `ECS`, `CODE_DEPLOY` or `EXTERNAL`; nil means `ECS`.
        public let deploymentControllerType: String?
        /// In per cent of `desiredCount`; nil where AWS's default holds.
        public let minimumHealthyPercent: Int?
        public let maximumPercent: Int?
        public let deployments: [Deployment]
        /// Those of its task sets, too (deployment controllers CODE_DEPLOY and EXTERNAL).
        public let loadBalancers: [LoadBalancer]
        /// At most 100, newest first.
        public let events: [Event]

        public struct Deployment: Hashable, Sendable, Decodable {
            /// `PRIMARY` (the newest), `ACTIVE` or `INACTIVE`.
            public let status: String?
            /// `COMPLETED`, `FAILED` or `IN_PROGRESS`; nil behind a classic load balancer and for other controllers
            /// than `ECS`.
            public let rolloutState: String?
            public let desiredCount: Int?
            public let runningCount: Int?
        }

        public struct LoadBalancer: Hashable, Sendable, Decodable {
            /// nil for a classic load balancer.
            public let targetGroupArn: String?
            /// The other one of a blue/green deployment, between which the traffic moves.
            public let advancedConfiguration: AdvancedConfiguration?
            /// Of a classic load balancer only.
            public let loadBalancerName: String?
            public let containerName: String?
            public let containerPort: Int?
        }

        public struct AdvancedConfiguration: Hashable, Sendable, Decodable {
            public let alternateTargetGroupArn: String?
        }

        public struct Event: Hashable, Sendable, Decodable {
            public let message: String?
            /// Seconds since 1970.
            public let createdAt: Double?
        }
    }

    /// Describes at most 10 services by name or ARN. A service that was deleted is `INACTIVE` for a while and
    /// `missing` then.
    ///
    /// - Throws: `failures` when ECS could not describe one for another reason than that it is missing.
    public func describeServices(cluster: String, _ names: [String]) async throws(AWSError) -> Described<Service> {
        struct Input: Encodable {
            let cluster: String
            let services: [String]
        }
        struct Output: Decodable {
            let failures: [Failure]?
            let services: [Service]
        }
        let output = try await caller.json(
            .describeServices, Input(cluster: cluster, services: names), as: Output.self)
        return try described(.describeServices, names, output.services, output.failures)
    }
}

extension ECS.Service: Decodable {
    private enum Key: String, CodingKey {
        case serviceName, serviceArn, status, desiredCount, runningCount, pendingCount, schedulingStrategy
        case deploymentController, deploymentConfiguration, deployments, loadBalancers, events
        case taskSets
    }

    private struct TaskSet: Decodable {
        let loadBalancers: [ECS.Service.LoadBalancer]?
    }

    private struct DeploymentController: Decodable {
        let type: String?
    }

    private struct DeploymentConfiguration: Decodable {
        let minimumHealthyPercent: Int?
        let maximumPercent: Int?
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        serviceName = try container.decode(String.self, forKey: .serviceName)
        serviceArn = try container.decode(String.self, forKey: .serviceArn)
        status = try container.decode(String.self, forKey: .status)
        desiredCount = try container.decode(Int.self, forKey: .desiredCount)
        runningCount = try container.decode(Int.self, forKey: .runningCount)
        pendingCount = try container.decode(Int.self, forKey: .pendingCount)
        schedulingStrategy = try container.decode(String.self, forKey: .schedulingStrategy)
        deploymentControllerType =
            try container.decodeIfPresent(DeploymentController.self, forKey: .deploymentController)?.type
        let configuration = try container.decodeIfPresent(
            DeploymentConfiguration.self, forKey: .deploymentConfiguration)
        minimumHealthyPercent = configuration?.minimumHealthyPercent
        maximumPercent = configuration?.maximumPercent
        deployments = try container.decodeIfPresent([Deployment].self, forKey: .deployments) ?? []
        let taskSets = try container.decodeIfPresent([TaskSet].self, forKey: .taskSets) ?? []
        loadBalancers =
            (try container.decodeIfPresent([LoadBalancer].self, forKey: .loadBalancers) ?? [])
            + taskSets.flatMap { $0.loadBalancers ?? [] }
        events = try container.decodeIfPresent([Event].self, forKey: .events) ?? []
    }
}
