/// Amazon Elastic Container Service, API version 2014-11-13.
///
/// Clusters, container instances and tasks may be named by id or ARN wherever AWS allows both. Statuses are AWS's words
/// as strings, because AWS adds to them. What a decision is based on must be in an answer; a task without a
/// `lastStatus`, say, is an `unreadableAnswer`.
public struct ECS: Sendable {
    let caller: any AWSCaller

    public init(_ caller: any AWSCaller) {
        self.caller = caller
    }

    /// What was asked for, split into what ECS described and what it does not know (any more).
    public struct Described<Item: Hashable & Sendable>: Hashable, Sendable {
        public var found: [Item] = []
        /// As ECS names it: the ARN, even where something was asked for by its name.
        public var missing: [String] = []
    }

    /// An entry of the `failures` that ECS answers with status 200.
    struct Failure: Decodable {
        let arn: String?
        let reason: String?
        let detail: String?

        /// The ARN that ECS does not know; nil for every other reason.
        var missing: String? { reason == "MISSING" ? arn : nil }

        var description: String {
            [reason ?? "unknown reason", arn, detail.map { "(\($0))" }].compactMap { $0 }.joined(separator: " ")
        }
    }

    /// Every cluster's ARN.
    public func listClusters() async throws(AWSError) -> [String] {
        struct Input: Encodable {
            let nextToken: String?
        }
        struct Output: Decodable {
            let clusterArns: [String]
            let nextToken: String?
        }
        return try await AWSOperation.listClusters.everyPage { (token) async throws(AWSError) in
            let output = try await caller.json(.listClusters, Input(nextToken: token), as: Output.self)
            return Page(items: output.clusterArns, nextToken: output.nextToken)
        }
    }

    /// Describes in batches and accounts for everything that was asked for.
    ///
    /// - Throws: `failures` for a reason other than `MISSING`; `unreadableAnswer` when something asked for is neither
    ///   described nor a failure, because an unexplained gap must not look like something that is gone.
    func describe<Item>(
        _ operation: AWSOperation, _ names: [String], batchSize: Int,
        _ call: ([String]) async throws(AWSError) -> (found: [Item], failures: [Failure])
    ) async throws(AWSError) -> Described<Item> {
        var described = Described<Item>()
        for batch in names.batches(of: batchSize) {
            let (found, failures) = try await call(batch)
            let unexplained = failures.filter { $0.missing == nil }
            guard unexplained.isEmpty else {
                throw operation.error(.failures(unexplained.map(\.description)))
            }
            guard found.count + failures.count >= batch.count else {
                let gap = batch.count - found.count - failures.count
                throw operation.error(
                    .unreadableAnswer("\(gap) of \(batch.count) asked for are neither described nor a failure"))
            }
            described.found += found
            described.missing += failures.compactMap(\.missing)
        }
        return described
    }
}
