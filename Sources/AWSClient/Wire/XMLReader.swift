import Foundation
import FoundationXML

/// What a document may be at most. AWS's deepest answer here has nine levels; the largest are pages of Auto Scaling
/// groups with thousands of instances.
struct XMLLimits {
    var bytes = 64 << 20
    var depth = 32
    var elements = 2_000_000
}

extension XMLTree {
    /// Reads a document as AWS writes it: UTF-8, without a document type.
    init(document: [UInt8], limits: XMLLimits = XMLLimits()) throws(UnreadableBody) {
        guard document.count <= limits.bytes else {
            throw UnreadableBody("the XML is longer than \(limits.bytes) bytes")
        }
        guard startsWithRootElement(document) else {
            throw UnreadableBody("not an XML document, or one with a document type")
        }
        let builder = XMLTreeBuilder(limits: limits)
        let parser = XMLParser(data: Data(document))
        parser.shouldResolveExternalEntities = false
        parser.externalEntityResolvingPolicy = .never
        parser.delegate = builder
        // On Linux it says true in spite of an error after the root element; the error itself is to be relied on.
        let isWellFormed = parser.parse() && parser.parserError == nil
        if let exceeded = builder.exceeded { throw UnreadableBody(exceeded) }
        guard isWellFormed, let root = builder.root else {
            throw UnreadableBody("malformed XML at line \(parser.lineNumber)")
        }
        self = root
    }
}

/// Whether nothing but an XML declaration in UTF-8 and white space comes before the root element.
///
/// A document type can only stand there, so that what it can do (entities that expand without bound, external
/// entities) never reaches the parser at all.
private func startsWithRootElement(_ document: [UInt8]) -> Bool {
    var rest = document[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    if rest.starts(with: Array("<?xml".utf8)) {
        guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
        let declaration = String(decoding: rest[..<end], as: UTF8.self).lowercased()
        if declaration.contains("encoding"), !declaration.contains("utf-8") { return false }
        rest = rest[(end + 1)...]
    }
    rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    guard rest.popFirst() == UInt8(ascii: "<"), let first = rest.first else { return false }
    return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first & ~0x20)
}

/// Collects the parser's events; parser and builder live for one synchronous call.
private final class XMLTreeBuilder: NSObject, XMLParserDelegate {
    private let limits: XMLLimits
    private var open: [XMLTree] = []
    private var elements = 0
    private(set) var root: XMLTree?
    /// The limit that stopped the reading.
    private(set) var exceeded: String?

    init(limits: XMLLimits) {
        self.limits = limits
    }

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        guard exceeded == nil else { return }
        elements += 1
        if open.count >= limits.depth {
            stop(parser, "the XML is nested deeper than \(limits.depth) levels")
        } else if elements > limits.elements {
            stop(parser, "the XML has more than \(limits.elements) elements")
        } else {
            open.append(XMLTree(name: elementName))
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        append(string)
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        append(String(decoding: block, as: UTF8.self))
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard exceeded == nil, var element = open.popLast() else { return }
        if !element.children.isEmpty { element.text = "" }
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }

    private func append(_ text: String) {
        guard exceeded == nil, !open.isEmpty else { return }
        open[open.count - 1].text += text
    }

    private func stop(_ parser: XMLParser, _ why: String) {
        exceeded = why
        parser.abortParsing()
    }
}
