/// An XML element to be written.
struct XML: Sendable {
    let name: String
    private let content: Content

    private enum Content: Sendable {
        case text(String)
        case children([XML])
    }

    init(_ name: String, _ text: String) {
        self.name = name
        content = .text(text)
    }

    init(_ name: String, _ number: Int) { self.init(name, String(number)) }
    init(_ name: String, _ truth: Bool) { self.init(name, truth ? "true" : "false") }

    init(_ name: String, _ children: [XML]) {
        self.name = name
        content = .children(children)
    }

    /// A list as the Query protocol writes it: each entry in a `member` element.
    static func list(_ name: String, of entries: [[XML]]) -> XML { XML(name, entries.map { XML("member", $0) }) }
    static func list(_ name: String, of texts: [String]) -> XML { XML(name, texts.map { XML("member", $0) }) }

    func written(namespace: String? = nil) -> String {
        let start = namespace.map { "<\(name) xmlns=\"\($0)\">" } ?? "<\(name)>"
        let inner =
            switch content {
            case .text(let text): Self.escaped(text)
            case .children(let children): children.map { $0.written() }.joined()
            }
        return "\(start)\(inner)</\(name)>"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\r": escaped += "&#13;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
