/// The parameters of an operation in AWS's Query protocol, in the order they were set.
struct QueryForm {
    private var fields: [(name: String, value: String)] = []

    /// Sets a parameter; nil leaves it out.
    mutating func set(_ name: String, _ value: String?) {
        guard let value else { return }
        fields.append((name, value))
    }

    /// Sets a list (`Names.member.1`, `Names.member.2`, …); nil and an empty list leave it out, which AWS mostly
    /// reads as "all": whoever means "none" does not call.
    mutating func set(_ name: String, members: [String]?) {
        for (index, member) in (members ?? []).enumerated() {
            fields.append(("\(name).member.\(index + 1)", member))
        }
    }

    /// Sets a filter as EC2 has it: `Filter.1.Name=…&Filter.1.Value.1=…`.
    mutating func set(filter number: Int, _ name: String, values: [String]) {
        fields.append(("Filter.\(number).Name", name))
        for (index, value) in values.enumerated() { fields.append(("Filter.\(number).Value.\(index + 1)", value)) }
    }

    /// `Action=…&Version=…` and the parameters, percent-encoded.
    func body(action: String, version: String) -> [UInt8] {
        var body: [UInt8] = []
        for (name, value) in [("Action", action), ("Version", version)] + fields {
            if !body.isEmpty { body.append(UInt8(ascii: "&")) }
            appendPercentEncoded(name, to: &body)
            body.append(UInt8(ascii: "="))
            appendPercentEncoded(value, to: &body)
        }
        return body
    }
}

/// AWS's percent encoding: every byte but RFC 3986's unreserved characters, a space too, as `%XX` in upper case.
private func appendPercentEncoded(_ text: String, to body: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            body.append(byte)
        default:
            body += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0F)]]
        }
    }
}
