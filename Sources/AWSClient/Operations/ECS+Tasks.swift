extension ECS {
    public struct Task: Hashable, Sendable {
        public let taskArn: String
        /// nil while it is not placed, and on Fargate.
        public let containerInstanceArn: String?
        /// `service:NAME` for a service's task, `family:NAME` for others, or whatever the caller of RunTask gave.
        public let group: String?
        /// `ecs-svc/…` for a service's task.
        public let startedBy: String?
        /// `RUNNING` or `STOPPED`: what ECS wants.
        public let desiredStatus: String
        /// From `PROVISIONING` to `STOPPED`: where the task is.
        public let lastStatus: String
        /// `HEALTHY`, `UNHEALTHY`, or `UNKNOWN`: no check, or not concluded yet.
        public let healthStatus: String?
        public let taskDefinitionArn: String?
        /// Private addresses of its network interfaces (awsvpc mode), IPv4 and IPv6.
        public let privateAddresses: [String]
        /// Seconds since 1970.
        public let createdAt: Double?
        /// Seconds since 1970; nil before it has stopped.
        public let stoppedAt: Double?
        public let stoppedReason: String?
    }

    /// The desired statuses that tasks can be listed by.
    public enum DesiredStatus: String, Hashable, Sendable {
        case running = "RUNNING"
        case stopped = "STOPPED"
    }

    /// Lists tasks' ARNs, of one container instance, of one service, or of the whole cluster, a page a call.
    ///
    /// - Parameter desiredStatus: AWS's default, RUNNING, leaves out tasks that are still stopping; so there is no
    ///   default here.
    public func listTasks(
        cluster: String, containerInstance: String? = nil, serviceName: String? = nil, desiredStatus: DesiredStatus,
        page: String? = nil
    ) async throws(AWSError) -> Page<String> {
        struct Input: Encodable {
            let cluster: String
            let containerInstance: String?
            let desiredStatus: String
            let nextToken: String?
            let serviceName: String?
        }
        struct Output: Decodable {
            let nextToken: String?
            let taskArns: [String]
        }
        let input = Input(
            cluster: cluster, containerInstance: containerInstance, desiredStatus: desiredStatus.rawValue,
            nextToken: page, serviceName: serviceName)
        let output = try await caller.json(.listTasks, input, as: Output.self)
        return Page(items: output.taskArns, nextToken: output.nextToken)
    }

    /// Describes at most 100 tasks. ECS forgets tasks some time after they stopped; these are `missing`.
    ///
    /// - Throws: `failures` when ECS could not describe one for another reason than that it is missing.
    public func describeTasks(cluster: String, _ arns: [String]) async throws(AWSError) -> Described<Task> {
        struct Input: Encodable {
            let cluster: String
            let tasks: [String]
        }
        struct Output: Decodable {
            let failures: [Failure]?
            let tasks: [Task]
        }
        let output = try await caller.json(.describeTasks, Input(cluster: cluster, tasks: arns), as: Output.self)
        return try described(.describeTasks, arns, output.tasks, output.failures)
    }

    /// Has a task stopped: SIGTERM, then SIGKILL after its stop timeout. The answer does not wait for that.
    ///
    /// - Parameter reason: Shown as the task's `stoppedReason`.
    @discardableResult
    public func stopTask(cluster: String, task: String, reason: String) async throws(AWSError) -> Task {
        struct Input: Encodable {
            let cluster: String
            let reason: String
            let task: String
        }
        struct Output: Decodable {
            let task: Task
        }
        return try await caller.json(
            .stopTask, Input(cluster: cluster, reason: reason, task: task), as: Output.self
        ).task
    }
}

extension ECS.Task: Decodable {
    private enum Key: String, CodingKey {
        case taskArn, containerInstanceArn, group, startedBy, desiredStatus, lastStatus, healthStatus
        case taskDefinitionArn, attachments, createdAt, stoppedAt, stoppedReason
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        taskArn = try container.decode(String.self, forKey: .taskArn)
        containerInstanceArn = try container.decodeIfPresent(String.self, forKey: .containerInstanceArn)
        group = try container.decodeIfPresent(String.self, forKey: .group)
        startedBy = try container.decodeIfPresent(String.self, forKey: .startedBy)
        desiredStatus = try container.decode(String.self, forKey: .desiredStatus)
        lastStatus = try container.decode(String.self, forKey: .lastStatus)
        healthStatus = try container.decodeIfPresent(String.self, forKey: .healthStatus)
        taskDefinitionArn = try container.decodeIfPresent(String.self, forKey: .taskDefinitionArn)
        let attachments = try container.decodeIfPresent([Attachment].self, forKey: .attachments) ?? []
        privateAddresses = attachments.flatMap(\.privateAddresses)
        createdAt = try container.decodeIfPresent(Double.self, forKey: .createdAt)
        stoppedAt = try container.decodeIfPresent(Double.self, forKey: .stoppedAt)
        stoppedReason = try container.decodeIfPresent(String.self, forKey: .stoppedReason)
    }

    private struct Attachment: Decodable {
        let details: [Detail]?

        struct Detail: Decodable {
            let name: String?
            let value: String?
        }

        var privateAddresses: [String] {
            (details ?? [])
                .filter { $0.name == "privateIPv4Address" || $0.name == "privateIPv6Address" }
                .compactMap(\.value)
        }
    }
}
