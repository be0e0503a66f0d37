/// One page of a list, and where the next one begins.
struct Page<Item> {
    let items: [Item]
    let nextToken: String?
}

extension AWSOperation {
    /// Follows the pages to the end and gives all their items.
    ///
    /// - Throws: What a page throws, or `unreadableAnswer` when a token comes a second time: such a list never ends.
    func everyPage<Item>(
        _ page: (_ nextToken: String?) async throws(AWSError) -> Page<Item>
    ) async throws(AWSError) -> [Item] {
        var items: [Item] = []
        var seen: Set<String> = []
        var token: String?
        repeat {
            let next = try await page(token)
            items += next.items
            // Some services end a list with an empty token.
            token = next.nextToken.flatMap { $0.isEmpty ? nil : $0 }
            if let token, !seen.insert(token).inserted {
                throw error(.unreadableAnswer("the pages go round in a circle: a token came twice"))
            }
        } while token != nil
        return items
    }
}

extension Sequence<String> {
    /// Cuts into batches of what AWS takes at most in one call. What is there twice is asked for once.
    func batches(of size: Int) -> [[String]] {
        var seen: Set<String> = []
        let distinct = filter { seen.insert($0).inserted }
        return stride(from: 0, to: distinct.count, by: size).map {
            Array(distinct[$0..<Swift.min($0 + size, distinct.count)])
        }
    }
}

extension Page {
    /// Reads a page out of a Query answer's `…Result`.
    init(
        _ result: XMLTree, list: String, token: String = "NextToken", item: (XMLTree) throws(UnreadableBody) -> Item
    ) throws(UnreadableBody) {
        var items: [Item] = []
        for member in try result.members(list) {
            items.append(try item(member))
        }
        self.init(items: items, nextToken: result.text(token))
    }
}
