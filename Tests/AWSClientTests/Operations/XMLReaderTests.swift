import Testing

@testable import AWSClient

@Suite("The XML reader")
struct XMLReaderTests {
    private func read(_ document: String, limits: XMLLimits = XMLLimits()) throws(UnreadableBody) -> XMLTree {
        try XMLTree(document: Array(document.utf8), limits: limits)
    }

    @Test("elements, lists and text are read, attributes and comments passed over")
    func tree() throws {
        let root = try read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <Root xmlns="http://a/"><!-- no --><List><member a="b">one</member><member>two</member></List>
              <Empty/></Root>
            """)
        #expect(root.name == "Root")
        #expect(try root.members("List").map(\.text) == ["one", "two"])
        #expect(root.text("Empty") == nil && root.child("Empty") != nil && root.child("Absent") == nil)
    }

    @Test(
        "text is what was meant",
        arguments: [
            ("a &amp;&lt;&gt;&quot;&apos; b", "a &<>\"' b"),
            ("&#228;&#x1F433;", "ä🐳"),
            ("<![CDATA[a <b> &amp; c]]>", "a <b> &amp; c"),
            ("x<![CDATA[y]]>z &amp; w", "xyz & w"),
            ("  spaces stay ", "  spaces stay "),
            ("größe", "größe"),
            ("\u{FFFD}\u{10FFFF}", "\u{FFFD}\u{10FFFF}"),
        ])
    func text(xml: String, expected: String) throws {
        #expect(try read("<R><T>\(xml)</T></R>").text("T") == expected)
    }

    @Test("a long text comes in one piece")
    func longText() throws {
        let text = String(repeating: "ä & ", count: 100_000)
        #expect(try read("<R><T>\(text.replacing("&", with: "&amp;"))</T></R>").text("T") == text)
    }

    @Test(
        "what is not a plain XML document is refused",
        arguments: [
            "", " ", "plain", "{}", "<", "<R>", "<R></S>", "<R/><R/>", "<R/>rest", "<R>&unknown;</R>",
            "<!DOCTYPE html><html></html>",
            "<!DOCTYPE R [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><R>&b;</R>",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE R SYSTEM \"file:///etc/passwd\"><R/>",
            "<!-- --><!DOCTYPE R><R/>",
            "<?xml version=\"1.0\" encoding=\"UTF-7\"?><R/>",
        ])
    func refused(document: String) {
        #expect(throws: UnreadableBody.self) { try read(document) }
    }

    @Test("a document type below the root is refused too")
    func lateDocumentType() {
        #expect(throws: UnreadableBody.self) { try read("<R><!DOCTYPE R [<!ENTITY a 'x'>]>&a;</R>") }
    }

    @Test("bytes that are not UTF-8 are refused")
    func notUTF8() {
        #expect(throws: UnreadableBody.self) {
            try XMLTree(document: Array("<R>".utf8) + [0xC3, 0x28, 0xFF] + Array("</R>".utf8))
        }
    }

    @Test("depth ends at its limit, not in the stack")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(try read(nested(32)).name == "a")
        #expect(throws: UnreadableBody("the XML is nested deeper than 32 levels")) { try read(nested(33)) }
        #expect(throws: UnreadableBody("the XML is nested deeper than 32 levels")) { try read(nested(100_000)) }
    }

    @Test("size and number of elements end at their limits")
    func size() {
        #expect(throws: UnreadableBody("the XML is longer than 10 bytes")) {
            try read("<R>........</R>", limits: XMLLimits(bytes: 10))
        }
        #expect(throws: UnreadableBody("the XML has more than 3 elements")) {
            try read("<R><a/><a/><a/></R>", limits: XMLLimits(elements: 3))
        }
    }
}
