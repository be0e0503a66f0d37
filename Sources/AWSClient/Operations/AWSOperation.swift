/// Every operation that the typed services can call: a request can be made from a case of this list only, so that an
/// IAM policy that allows `allCases` allows what draind does, and nothing else.
///
/// Calls that need no permission of the caller's, such as fetching credentials, are not in it.
public enum AWSOperation: String, Hashable, Sendable, CaseIterable {
    // Auto Scaling
    case completeLifecycleAction = "CompleteLifecycleAction"
    case deleteLifecycleHook = "DeleteLifecycleHook"
    case describeAutoScalingGroups = "DescribeAutoScalingGroups"
    case describeLifecycleHooks = "DescribeLifecycleHooks"
    case describeWarmPool = "DescribeWarmPool"
    case putLifecycleHook = "PutLifecycleHook"
    case recordLifecycleActionHeartbeat = "RecordLifecycleActionHeartbeat"
    // DynamoDB
    case createTable = "CreateTable"
    case describeTable = "DescribeTable"
    case describeTimeToLive = "DescribeTimeToLive"
    case getItem = "GetItem"
    case query = "Query"
    case transactWriteItems = "TransactWriteItems"
    case updateItem = "UpdateItem"
    case updateTimeToLive = "UpdateTimeToLive"
    // EC2
    case describeInstances = "DescribeInstances"
    // ECS
    case deregisterContainerInstance = "DeregisterContainerInstance"
    case describeCapacityProviders = "DescribeCapacityProviders"
    case describeClusters = "DescribeClusters"
    case describeContainerInstances = "DescribeContainerInstances"
    case describeServices = "DescribeServices"
    case describeTaskDefinition = "DescribeTaskDefinition"
    case describeTasks = "DescribeTasks"
    case getTaskProtection = "GetTaskProtection"
    case listClusters = "ListClusters"
    case listContainerInstances = "ListContainerInstances"
    case listTasks = "ListTasks"
    case stopTask = "StopTask"
    case updateContainerInstancesState = "UpdateContainerInstancesState"
    // Elastic Load Balancing
    case describeInstanceHealth = "DescribeInstanceHealth"
    // Elastic Load Balancing v2
    case describeTargetHealth = "DescribeTargetHealth"
    // SNS
    case confirmSubscription = "ConfirmSubscription"
    // SQS
    case deleteMessageBatch = "DeleteMessageBatch"
    case receiveMessage = "ReceiveMessage"
    // STS
    case getCallerIdentity = "GetCallerIdentity"

    /// AWS's name of it: `DescribeTasks`.
    public var name: String { rawValue }

    public var service: AWSService {
        switch self {
        case .completeLifecycleAction, .deleteLifecycleHook, .describeAutoScalingGroups, .describeLifecycleHooks,
            .describeWarmPool, .putLifecycleHook, .recordLifecycleActionHeartbeat:
            .autoScaling
        case .createTable, .describeTable, .describeTimeToLive, .getItem, .query, .transactWriteItems, .updateItem,
            .updateTimeToLive:
            .dynamoDB
        case .describeInstances: .ec2
        case .deregisterContainerInstance, .describeCapacityProviders, .describeClusters, .describeContainerInstances,
            .describeServices, .describeTaskDefinition, .describeTasks, .getTaskProtection, .listClusters,
            .listContainerInstances, .listTasks, .stopTask,
            .updateContainerInstancesState:
            .ecs
        case .describeInstanceHealth: .elasticLoadBalancing
        case .describeTargetHealth: .elasticLoadBalancingV2
        case .confirmSubscription: .sns
        case .deleteMessageBatch, .receiveMessage: .sqs
        case .getCallerIdentity: .sts
        }
    }

    /// What an IAM policy has to allow for it: `ecs:DescribeTasks`. (`sts:GetCallerIdentity` is granted to everyone;
    /// `iam:PassRole`, which PutLifecycleHook needs for the role that it names, is no call.)
    public var iamActions: [String] {
        let names =
            switch self {
            case .transactWriteItems: ["ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"]
            case .deleteMessageBatch: ["DeleteMessage"]
            default: [name]
            }
        return names.map { "\(service.iamPrefix):\($0)" }
    }
}

extension AWSService {
    var iamPrefix: String {
        switch self {
        case .autoScaling: "autoscaling"
        case .dynamoDB: "dynamodb"
        case .ec2: "ec2"
        case .ecs: "ecs"
        case .elasticLoadBalancing, .elasticLoadBalancingV2: "elasticloadbalancing"
        case .sns: "sns"
        case .sqs: "sqs"
        case .sts: "sts"
        }
    }

    enum WireProtocol {
        case query(version: String)
        /// Query's way of asking, with lists written otherwise, and an answer without a `…Result`.
        case ec2Query(version: String)
        case json(version: String, targetPrefix: String)
    }

    var wireProtocol: WireProtocol {
        switch self {
        case .autoScaling: .query(version: "2011-01-01")
        case .dynamoDB: .json(version: "1.0", targetPrefix: "DynamoDB_20120810")
        case .ec2: .ec2Query(version: "2016-11-15")
        case .ecs: .json(version: "1.1", targetPrefix: "AmazonEC2ContainerServiceV20141113")
        case .elasticLoadBalancing: .query(version: "2012-06-01")
        case .elasticLoadBalancingV2: .query(version: "2015-12-01")
        case .sns: .query(version: "2010-03-31")
        case .sqs: .json(version: "1.0", targetPrefix: "AmazonSQS")
        case .sts: .query(version: "2011-06-15")
        }
    }
}
