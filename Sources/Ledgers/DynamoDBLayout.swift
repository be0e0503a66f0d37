import AWSClient
import DrainEngine
import DrainModel

/// How the table is laid out. Every item has a partition key, which says what kind it is of, and a sort key:
///
/// | `pk` | `sk` | holds |
/// |---|---|---|
/// | `open` | the drain's id | the `record` of a drain that is not finished, and its `revision`, counted up by every write |
/// | `finished` | when it was accepted and its id | the `record` of a finished one, its `cluster`, and when it `expiresAt` |
/// | `ended` | the drain's id | where its finished record lies: `place`; its `outcome`; `expiresAt` |
/// | `instance` | the instance's id | `version`, counted up by every drain that is accepted for it; `expiresAt` |
/// | `request` | the request's id | the `record` of a request of CloudFormation that is not finished |
/// | `answered` | the request's id | the `record` of a finished one, and when it `expiresAt` |
/// | `lease` | `lease` | who decides: the `epoch` under which its writes are taken, its `holder`, `settings` and `beat` |
/// | `note` | when it was left, and a number of its own | a `note` for the holder of the lease |
/// | `writable` | `writable` | `count` of the proofs that the table can be written |
///
/// Finished drains are listed by age, so that lies in their key; it takes a second item to find them by id. Secondary
/// indexes would do the same at the same price, but no index that is consistent lets a partition grow beyond 10 GB or
/// be split when it is busy.
enum DynamoDBLayout {
    static let keys = [
        DynamoDB.Table.Key(name: "pk", role: "HASH", type: "S"),
        DynamoDB.Table.Key(name: "sk", role: "RANGE", type: "S"),
    ]
    /// The attribute by which DynamoDB deletes what is past: seconds since 1970.
    static let expiry = "expiresAt"

    static let lease = key("lease", "lease")
    static let writable = key("writable", "writable")

    /// Sorted by when they were left, as far as the clocks of those who left them agree.
    static func note(leftAt moment: Timestamp, _ number: String) -> DynamoDB.Item {
        key("note", digits(of: moment) + "#" + number)
    }

    static func open(_ id: DrainID) -> DynamoDB.Item { key("open", id.rawValue) }
    static func ended(_ id: DrainID) -> DynamoDB.Item { key("ended", id.rawValue) }
    static func finished(at place: String) -> DynamoDB.Item { key("finished", place) }
    static func request(_ id: StackRequestID) -> DynamoDB.Item { key("request", id.rawValue) }
    static func answered(_ id: StackRequestID) -> DynamoDB.Item { key("answered", id.rawValue) }
    static func instance(_ id: InstanceID) -> DynamoDB.Item { key("instance", id.rawValue) }

    /// Sorts drains by acceptance, those of one moment by id.
    static func place(of drain: Drain) -> String { digits(of: drain.acceptedAt) + "#" + drain.id.rawValue }

    private static func digits(of moment: Timestamp) -> String {
        let digits = String(max(0, moment.millisecondsSinceEpoch))
        return String(repeating: "0", count: max(0, 15 - digits.count)) + digits
    }

    static func everything(in partition: String) -> DynamoDB.Expression {
        DynamoDB.Expression("#pk = :pk", [":pk": .string(partition)])
    }

    /// An instance's drains, in a partition that is sorted by id: every id of a drain begins with that of its instance
    /// (``Drain/id``).
    static func drains(of instance: InstanceID, in partition: String) -> DynamoDB.Expression {
        DynamoDB.Expression(
            "#pk = :pk AND begins_with(#sk, :prefix)",
            [":pk": .string(partition), ":prefix": .string("\(instance)-")])
    }

    static func finished(before place: String) -> DynamoDB.Expression {
        DynamoDB.Expression("#pk = :pk AND #sk < :place", [":pk": .string("finished"), ":place": .string(place)])
    }

    /// When what is kept for a drain may be deleted; a second late rather than early.
    static func expiry(of drain: Drain) -> DynamoDB.AttributeValue { expiry(acceptedAt: drain.acceptedAt) }

    static func expiry(acceptedAt: Timestamp) -> DynamoDB.AttributeValue {
        .integer((acceptedAt + LedgerRetention.finished).secondsSinceEpoch + 1)
    }

    /// DynamoDB deletes what is past within days, not at once.
    static func hasExpired(_ item: DynamoDB.Item, at now: Timestamp) -> Bool {
        (item[expiry]?.integer).map { $0 <= now.secondsSinceEpoch } ?? false
    }

    private static func key(_ partition: String, _ sortKey: String) -> DynamoDB.Item {
        ["pk": .string(partition), "sk": .string(sortKey)]
    }
}

extension Timestamp {
    fileprivate var secondsSinceEpoch: Int64 { millisecondsSinceEpoch / 1000 }
}
