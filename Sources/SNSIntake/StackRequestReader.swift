import DrainModel
import FoundationEssentials

/// Reads what CloudFormation asks of a custom resource.
///
/// Source of the fields: CloudFormation user guide, "Custom resource request objects".
enum StackRequestReader {
    struct Refusal: Error, Hashable {
        /// In our own words: safe to log.
        let reason: String
        /// Whether it is well made, and must not be obeyed.
        let isForbidden: Bool

        init(_ reason: String, isForbidden: Bool = false) {
            self.reason = reason
            self.isForbidden = isForbidden
        }
    }

    static func isRequest(_ text: String) -> Bool { fields(in: text) != nil }

    /// nil where the text is no such request.
    ///
    /// - Parameters:
    ///   - topicARN: the one that it came through.
    ///   - sentAt: when SNS took it.
    ///   - developmentOrigin: see ``SNSTrustPolicy/developmentResponseOrigin``.
    static func message(
        in text: String, topicARN: String, sentAt: Timestamp, developmentOrigin: String?
    ) throws(Refusal) -> StackMessage? {
        guard let fields = fields(in: text) else { return nil }
        guard let type = fields.requestType.flatMap(StackRequestType.init) else {
            throw Refusal("a request of CloudFormation of an unknown RequestType")
        }
        let physicalID = fields.physicalResourceID
        guard (physicalID ?? "").utf8.count <= 1024 else {
            throw Refusal("a request of CloudFormation without a valid PhysicalResourceId")
        }
        // A message that was made for another topic is not obeyed here.
        guard let topic = SNSTopic(arn: topicARN), fields.serviceTokens.allSatisfy({ $0 == topicARN }) else {
            throw Refusal("a request of CloudFormation whose ServiceToken is not its topic", isForbidden: true)
        }
        let url = fields.responseURL ?? ""
        guard StackResponseURL.isAllowed(url, in: topic, developmentOrigin: developmentOrigin) else {
            throw Refusal(
                "ResponseURL not allowed: its host is \(StackResponseURL.authority(of: url).prefix(100).debugDescription)",
                isForbidden: true)
        }
        return StackMessage(
            requestType: type, resourceType: try fields.text(\.resourceType, "ResourceType", upTo: 128),
            stackID: try fields.text(\.stackID, "StackId", upTo: 512),
            requestID: try fields.text(\.requestID, "RequestId", upTo: 128),
            logicalResourceID: try fields.text(\.logicalResourceID, "LogicalResourceId", upTo: 255),
            physicalResourceID: physicalID, responseURL: url, properties: fields.ownProperties,
            serviceTimeout: fields.timeout, topicARN: topicARN, sentAt: sentAt)
    }

    private static func fields(in text: String) -> Fields? {
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(text.utf8)),
            fields.requestType != nil, fields.responseURL != nil
        else { return nil }
        return fields
    }
}

private struct Fields: Decodable {
    let requestType: String?
    let responseURL: String?
    let stackID: String?
    let requestID: String?
    let resourceType: String?
    let logicalResourceID: String?
    let physicalResourceID: String?
    private let serviceToken: String?
    private let serviceTimeout: StackProperty?
    private let properties: [String: StackProperty]

    enum CodingKeys: String, CodingKey {
        case requestType = "RequestType"
        case responseURL = "ResponseURL"
        case stackID = "StackId"
        case requestID = "RequestId"
        case resourceType = "ResourceType"
        case logicalResourceID = "LogicalResourceId"
        case physicalResourceID = "PhysicalResourceId"
        case serviceToken = "ServiceToken"
        case serviceTimeout = "ServiceTimeout"
        case properties = "ResourceProperties"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        requestType = container.text(.requestType)
        responseURL = container.text(.responseURL)
        stackID = container.text(.stackID)
        requestID = container.text(.requestID)
        resourceType = container.text(.resourceType)
        logicalResourceID = container.text(.logicalResourceID)
        physicalResourceID = container.text(.physicalResourceID)
        serviceToken = container.text(.serviceToken)
        serviceTimeout = try? container.decode(Value.self, forKey: .serviceTimeout).property
        properties = ((try? container.decode([String: Value].self, forKey: .properties)) ?? [:]).mapValues(\.property)
    }

    /// As text or as anything else. CloudFormation sends all scalars as text.
    private struct Value: Decodable {
        let property: StackProperty

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                property = .text(text)
            } else if let number = try? container.decode(Int64.self) {
                property = .text(String(number))
            } else {
                property = .other
            }
        }
    }

    /// It is said beside the properties and among them.
    var serviceTokens: [String] {
        let among: String? = if case .text(let token) = properties["ServiceToken"] { token } else { nil }
        let tokens = [serviceToken, among].compactMap { $0 }
        return tokens.isEmpty ? [""] : tokens
    }

    var ownProperties: [String: StackProperty] {
        properties.filter { $0.key != "ServiceToken" && $0.key != "ServiceTimeout" }
    }

    /// Source of the limits: CloudFormation template reference, AWS::CloudFormation::CustomResource, ServiceTimeout.
    var timeout: Duration? {
        guard case .text(let text) = serviceTimeout ?? properties["ServiceTimeout"], let seconds = Int(text),
            (1...3600).contains(seconds)
        else { return nil }
        return .seconds(seconds)
    }

    func text(
        _ path: KeyPath<Self, String?>, _ name: String, upTo limit: Int
    ) throws(StackRequestReader.Refusal) -> String {
        guard let value = self[keyPath: path], (1...limit).contains(value.utf8.count) else {
            throw StackRequestReader.Refusal("a request of CloudFormation without a valid \(name)")
        }
        return value
    }
}
