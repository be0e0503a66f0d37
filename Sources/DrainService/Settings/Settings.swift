public import AWSClient
import DrainEngine
public import DrainModel
public import HTTPEndpoint
public import Logging

/// What an operator can say, resolved and checked.
public struct Settings: Hashable, Sendable {
    public var listen = ListenAddress(host: "127.0.0.1", port: 8080)
    public var tlsCertificate: String?
    public var tlsPrivateKey: String?
    public var adminListen = ListenAddress(host: "127.0.0.1", port: 9464)
    public var adminTokenFile: String?
    public var topics: [String] = []
    public var queues: [SQSQueue] = []
    public var store = Store.sqlite(path: "draind.db")
    /// Whether the table of ``Store/dynamoDB(table:)`` is made if there is none.
    public var createsTable = false
    /// Empty: all that are found.
    public var clusters: [ClusterName] = []
    public var drainTimeout: Duration = .seconds(3600)
    public var onTimeout: LifecycleActionResult = .continue
    public var standaloneTasks: DrainPolicy.StandaloneTasks = .wait
    public var pollInterval: Duration = .seconds(5)
    public var isDryRun = false
    public var detach: DrainPolicy.DetachMode = .drain
    public var autoScalingGroups: [AutoScalingGroupName] = []
    public var reconcileInterval: Duration = .seconds(60)
    /// In percent.
    public var apiShare = 25
    /// 0: no limit.
    public var maximumConcurrent = 0
    public var snsCertificateOrigin: String?
    public var snsMaximumAge: Duration = .seconds(75 * 60)
    public var snsSignatureVersions: Set<Int> = [1, 2]
    public var cloudFormationResponseOrigin: String?
    public var logLevel: Logger.Level = .info
    /// nil: JSON, or text on a terminal.
    public var logFormat: LogFormat?

    /// Where drains are recorded.
    public enum Store: Hashable, Sendable {
        /// `sqlite:PATH`: a file of one draind.
        case sqlite(path: String)
        /// `dynamodb:TABLE`, which several share.
        case dynamoDB(table: String)

        /// nil where the text names neither.
        init?(_ text: String) {
            guard let colon = text.firstIndex(of: ":") else { return nil }
            let name = String(text[text.index(after: colon)...])
            switch text[..<colon] {
            case "sqlite" where !name.isEmpty: self = .sqlite(path: name)
            // Source: DynamoDB API reference, CreateTable, TableName.
            case "dynamodb" where (3...255).contains(name.count) && name.allSatisfy(Self.isOfTableName):
                self = .dynamoDB(table: name)
            default: return nil
            }
        }

        private static func isOfTableName(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber || "_.-".contains(character))
        }
    }

    public init() {}

    /// How drains are to be carried out.
    ///
    /// - Parameter region: the one that AWS is called in.
    func policy(in region: String) -> EnginePolicy {
        var drain = DrainPolicy(
            drainTimeout: drainTimeout, onTimeout: onTimeout, standaloneTasks: standaloneTasks,
            pollInterval: pollInterval)
        drain.detach = detach
        drain.maximumConcurrent = maximumConcurrent
        var policy = EnginePolicy(drain: drain)
        policy.clusters = clusters
        policy.autoScalingGroups = autoScalingGroups
        policy.notificationTargets = Set(topics + queues.map { $0.arn(in: region) })
        policy.reconcileInterval = reconcileInterval
        policy.apiShare = apiShare
        return policy
    }
}
