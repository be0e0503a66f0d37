/// What CloudFormation says of a custom resource, genuine and not judged yet.
///
/// Source of the fields: CloudFormation user guide, "Custom resource request objects".
public struct StackMessage: Hashable, Sendable {
    public let requestType: StackRequestType
    /// `Custom::…`, as the template has it.
    public let resourceType: String
    /// The stack's ARN.
    public let stackID: String
    public let requestID: String
    public let logicalResourceID: String
    /// As it was answered before; nil in a create.
    public let physicalResourceID: String?
    /// Where the answer is to be put: one of CloudFormation's own buckets. It is signed, so whoever reads it can answer: not
    /// to be logged.
    public let responseURL: String
    /// Without those that are CloudFormation's: ServiceToken and ServiceTimeout.
    public let properties: [String: StackProperty]
    /// For so long CloudFormation waits; nil where it does not say.
    public let serviceTimeout: Duration?
    /// The topic that it came through, which is its ServiceToken.
    public let topicARN: String
    /// When CloudFormation began to wait.
    public let sentAt: Timestamp

    public init(
        requestType: StackRequestType, resourceType: String, stackID: String, requestID: String,
        logicalResourceID: String, physicalResourceID: String?, responseURL: String,
        properties: [String: StackProperty], serviceTimeout: Duration?, topicARN: String, sentAt: Timestamp
    ) {
        self.requestType = requestType
        self.resourceType = resourceType
        self.stackID = stackID
        self.requestID = requestID
        self.logicalResourceID = logicalResourceID
        self.physicalResourceID = physicalResourceID
        self.responseURL = responseURL
        self.properties = properties
        self.serviceTimeout = serviceTimeout
        self.topicARN = topicARN
        self.sentAt = sentAt
    }
}

public enum StackRequestType: String, Hashable, Sendable, Codable {
    case create = "Create"
    case update = "Update"
    case delete = "Delete"
}

/// The value of a property. CloudFormation sends numbers and booleans as text, too.
public enum StackProperty: Hashable, Sendable {
    case text(String)
    /// A list or an object.
    case other
}
