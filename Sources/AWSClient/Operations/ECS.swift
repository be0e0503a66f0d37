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
        public let found: [Item]
        /// As ECS names it: the ARN, even where something was asked for by its name.
        public let missing: [String]
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

    /// Lists the clusters' ARNs, a page a call.
    public func listClusters(page: String? = nil) async throws(AWSError) -> Page<String> {
        struct Input: Encodable {
            let nextToken: String?
        }
        struct Output: Decodable {
            let clusterArns: [String]
            let nextToken: String?
        }
        let output = try await caller.json(.listClusters, Input(nextToken: page), as: Output.self)
        return Page(items: output.clusterArns, nextToken: output.nextToken)
    }

    /// Accounts for everything that was asked for.
    ///
    /// - Throws: `failures` for a reason other than `MISSING`; `unreadableAnswer` when something asked for is neither
    ///   described nor a failure, because an unexplained gap must not look like something that is gone.
    func described<Item>(
        _ operation: AWSOperation, _ asked: [String], _ found: [Item], _ failures: [Failure]?
    ) throws(AWSError) -> Described<Item> {
        let failures = failures ?? []
        let unexplained = failures.filter { $0.missing == nil }
        guard unexplained.isEmpty else {
            throw operation.error(.failures(unexplained.map(\.description)))
        }
        let gap = Set(asked).count - found.count - failures.count
        guard gap <= 0 else {
            throw operation.error(
                .unreadableAnswer("\(gap) of \(asked.count) asked for are neither described nor a failure"))
        }
        return Described(found: found, missing: failures.compactMap(\.missing))
    }
}
