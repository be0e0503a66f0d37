/// One page of a list, and where the next one begins.
public struct Page<Item: Hashable & Sendable>: Hashable, Sendable {
    public let items: [Item]
    /// nil on the last page.
    public let nextToken: String?

    /// - Parameter nextToken: some services end a list with an empty one.
    init(items: [Item], nextToken: String?) {
        self.items = items
        self.nextToken = nextToken.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Page {
    /// Reads a page out of a Query answer's `…Result`.
    init(
        _ result: XMLTree, list: String, item: (XMLTree) throws(UnreadableBody) -> Item
    ) throws(UnreadableBody) {
        var items: [Item] = []
        for member in try result.members(list) {
            items.append(try item(member))
        }
        self.init(items: items, nextToken: result.text("NextToken"))
    }
}
