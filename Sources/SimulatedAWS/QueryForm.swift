import SimulatedWorld

/// The form body of the Query protocol: `Action=…&AutoScalingGroupNames.member.1=…`.
struct QueryForm: Sendable {
    private let values: [String: String]

    init(_ body: [UInt8]) {
        var values: [String: String] = [:]
        for pair in String(decoding: body, as: UTF8.self).split(separator: "&") {
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            values[Self.decoded(pair[..<equals])] = Self.decoded(pair[equals...].dropFirst())
        }
        self.values = values
    }

    subscript(_ name: String) -> String? { values[name] }

    var action: String? { values["Action"] }

    func required(_ name: String) throws(World.Failure) -> String {
        guard let value = values[name], !value.isEmpty else {
            throw World.Failure(
                "ValidationError",
                "1 validation error detected: Value at '\(name)' failed to satisfy constraint: Member must not be null")
        }
        return value
    }

    func integer(_ name: String) throws(World.Failure) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text) else { throw World.Failure("ValidationError", "\(name) must be an integer") }
        return number
    }

    /// `NAME.member.1`, `NAME.member.2`, …
    func list(_ name: String) -> [String] { numbered("\(name).member") }

    /// EC2's way of a list: `NAME.1`, `NAME.2`, …
    func numbered(_ name: String) -> [String] {
        var list: [String] = []
        while let value = values["\(name).\(list.count + 1)"] { list.append(value) }
        return list
    }

    /// SNS's way of a map: `NAME.entry.1.key`, `NAME.entry.1.value`, …
    func entries(_ name: String) -> [String: String] {
        var entries: [String: String] = [:]
        var index = 1
        while let key = values["\(name).entry.\(index).key"] {
            entries[key] = values["\(name).entry.\(index).value"]
            index += 1
        }
        return entries
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
