/// An XML element without its attributes: all that AWS's Query protocol puts into an answer.
struct XMLTree: Hashable, Sendable {
    let name: String
    var children: [XMLTree] = []
    /// The characters of a leaf, exactly as sent; empty in an element that has children.
    var text = ""

    init(name: String) {
        self.name = name
    }

    func child(_ name: String) -> XMLTree? {
        children.first { $0.name == name }
    }

    /// The text of a child; nil when there is no such child or it is empty.
    func text(_ name: String) -> String? {
        guard let text = child(name)?.text, !text.isEmpty else { return nil }
        return text
    }

    func required(_ name: String) throws(UnreadableBody) -> XMLTree {
        guard let child = child(name) else { throw UnreadableBody("<\(self.name)> has no <\(name)>") }
        return child
    }

    func requiredText(_ name: String) throws(UnreadableBody) -> String {
        guard let text = text(name) else { throw UnreadableBody("<\(self.name)> has no text in <\(name)>") }
        return text
    }

    /// A number that may be absent but must not be garbage.
    func integer(_ name: String) throws(UnreadableBody) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text) else { throw UnreadableBody("<\(name)> is no number") }
        return number
    }

    func requiredInteger(_ name: String) throws(UnreadableBody) -> Int {
        guard let number = try integer(name) else { throw UnreadableBody("<\(self.name)> has no number in <\(name)>") }
        return number
    }

    /// The `<member>` elements of a list that must be there, if only empty: an absent list is not taken for an
    /// empty one, because on "there are none" drains are judged.
    func members(_ list: String) throws(UnreadableBody) -> [XMLTree] {
        try required(list).children.filter { $0.name == "member" }
    }

    /// The same of EC2, which calls them `<item>`.
    func items(_ list: String) throws(UnreadableBody) -> [XMLTree] {
        try required(list).children.filter { $0.name == "item" }
    }
}
