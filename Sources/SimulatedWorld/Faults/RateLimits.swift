extension World {
    /// AWS's token buckets, each full at first: the limits of an account, or of the share of it that somebody may use.
    ///
    /// Numbers: ECS from "Throttling requests to the Amazon ECS API"; Elastic Load Balancing from "API request
    /// throttling", separate for classic and v2, and for each another bucket over all its actions. Auto Scaling has one
    /// bucket for all calls whose numbers AWS does not publish: 100 and 20 are our guess. EC2 from "Request throttling
    /// for the Amazon EC2 API", its filtered reads only. SNS and STS are not limited here.
    public struct RateLimits: Hashable, Sendable {
        private var levels: [Bucket: Level] = [:]
        private let percent: Int64
        /// Calls for which there was no token, by bucket.
        public private(set) var refusals: [Bucket: Int] = [:]

        /// - Parameter percent: the share of each bucket's burst and rate that these limits allow.
        public init(percent: Int = 100) { self.percent = Int64(percent) }

        /// In millionths of a token: whole numbers for every rate and share.
        private struct Level: Hashable, Sendable {
            var tokens: Int64
            var at: WorldTime
        }

        public enum Bucket: String, Hashable, Sendable, CaseIterable {
            case ecsClusterResourceRead
            case ecsClusterResourceModify
            case ecsServiceRead
            case ecsServiceModify
            case ecsTaskProtection
            case ecsClusterRead
            case ecsTaskDefinitionRead
            case ecsCapacityProviderRead
            case autoScaling
            case ec2Read
            case elbV2Read
            case elbV2Registration
            case elbV2Modify
            case elbV2All
            case elbClassicRead
            case elbClassicRegistration
            case elbClassicModify
            case elbClassicAll

            /// Tokens at most, and new ones a second.
            public var limits: (burst: Int, perSecond: Int) {
                switch self {
                case .ecsClusterResourceRead, .ecsServiceRead: (100, 20)
                case .ecsClusterResourceModify: (100, 40)
                case .ecsServiceModify: (50, 5)
                case .ecsTaskProtection: (200, 80)
                case .ecsClusterRead, .ecsTaskDefinitionRead, .ecsCapacityProviderRead: (50, 20)
                case .autoScaling, .ec2Read: (100, 20)
                case .elbV2Read, .elbV2All, .elbClassicRead, .elbClassicAll: (40, 10)
                case .elbV2Registration, .elbClassicRegistration: (20, 4)
                case .elbV2Modify, .elbClassicModify: (20, 3)
                }
            }
        }

        /// Takes a token from each bucket of the call; false, and nothing taken, if one of them has none.
        public mutating func admits(service: String, operation: String, at now: WorldTime) -> Bool {
            let buckets = Self.buckets(service: service, operation: operation)
            for bucket in buckets { refill(bucket, at: now) }
            if let empty = buckets.first(where: { levels[$0].map { $0.tokens < 1_000_000 } ?? false }) {
                refusals[empty, default: 0] += 1
                return false
            }
            for bucket in buckets { levels[bucket]?.tokens -= 1_000_000 }
            return true
        }

        private mutating func refill(_ bucket: Bucket, at now: WorldTime) {
            let full = Int64(bucket.limits.burst) * 10_000 * percent
            guard let level = levels[bucket] else {
                levels[bucket] = Level(tokens: full, at: now)
                return
            }
            let elapsed = max(0, now.milliseconds - level.at.milliseconds)
            let gained = elapsed * Int64(bucket.limits.perSecond) * 10 * percent
            levels[bucket] = Level(tokens: min(full, level.tokens + gained), at: max(now, level.at))
        }

        /// The buckets that a call takes a token from; none for a call that is not limited.
        ///
        /// - Parameter service: as for ``World/recordCall(service:operation:)``; a classic load balancer's operation
        ///   that v2 has as well is meant with `elb`.
        public static func buckets(service: String, operation: String) -> [Bucket] {
            switch service {
            case "autoscaling": [.autoScaling]
            case "ec2": operation.hasPrefix("Describe") ? [.ec2Read] : []
            case "ecs": [ecsBucket(operation)].compactMap { $0 }
            case "elb": classicBuckets(operation)
            case "elasticloadbalancing":
                operation.contains("Instance") ? classicBuckets(operation) : v2Buckets(operation)
            default: []
            }
        }

        private static func ecsBucket(_ operation: String) -> Bucket? {
            switch operation {
            case "DescribeContainerInstances", "ListContainerInstances", "DescribeTasks", "ListTasks", "ListAttributes":
                .ecsClusterResourceRead
            case "UpdateContainerInstancesState", "StopTask", "RunTask", "DeregisterContainerInstance", "PutAttributes":
                .ecsClusterResourceModify
            case "DescribeServices", "ListServices": .ecsServiceRead
            case "CreateService", "UpdateService", "DeleteService": .ecsServiceModify
            case "GetTaskProtection", "UpdateTaskProtection": .ecsTaskProtection
            case "DescribeClusters", "ListClusters": .ecsClusterRead
            case "DescribeTaskDefinition", "ListTaskDefinitions": .ecsTaskDefinitionRead
            case "DescribeCapacityProviders": .ecsCapacityProviderRead
            default: nil
            }
        }

        private static func v2Buckets(_ operation: String) -> [Bucket] {
            if operation.hasPrefix("Describe") { return [.elbV2Read, .elbV2All] }
            return operation.hasSuffix("Targets") ? [.elbV2Registration, .elbV2All] : [.elbV2Modify, .elbV2All]
        }

        private static func classicBuckets(_ operation: String) -> [Bucket] {
            if operation.hasPrefix("Describe") { return [.elbClassicRead, .elbClassicAll] }
            return operation.hasSuffix("LoadBalancer") && operation.contains("Instances")
                ? [.elbClassicRegistration, .elbClassicAll] : [.elbClassicModify, .elbClassicAll]
        }
    }
}
