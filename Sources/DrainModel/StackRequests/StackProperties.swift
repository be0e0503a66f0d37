/// Reads the properties of a resource one by one, each with a sentence for what it may not be.
struct StackProperties {
    /// Why it is refused: a sentence that names the property.
    struct Refusal: Error, Hashable {
        let sentence: String

        init(_ sentence: String) { self.sentence = sentence }
    }

    private let properties: [String: StackProperty]

    /// Whatever else there is.
    init(_ properties: [String: StackProperty]) { self.properties = properties }

    /// - Throws: ``Refusal`` when there is one that this type does not have.
    init(_ properties: [String: StackProperty], of type: String, known: [String]) throws(Refusal) {
        self.properties = properties
        guard let unknown = properties.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw Refusal(
            "\(type) has no property \(unknown.prefix(100)): it has \(known.joined(separator: ", "))")
    }

    func has(_ name: String) -> Bool { properties[name] != nil }

    func text(_ name: String) throws(Refusal) -> String? {
        switch properties[name] {
        case .text(let value): return value
        case .other: throw Refusal("\(name) must be text, and is a list or an object")
        case nil: return nil
        }
    }

    /// - Parameter allowed: completes "… is not allowed: give ".
    func value<Value>(
        _ name: String, allowed: String, _ read: (String) -> Value?
    ) throws(Refusal) -> Value? {
        guard let text = try text(name) else { return nil }
        guard let value = read(text) else {
            throw Refusal("\(name) \(text.prefix(100).debugDescription) is not allowed: give \(allowed)")
        }
        return value
    }

    // MARK: Kinds of values

    func group() throws(Refusal) -> AutoScalingGroupName? {
        try value("AutoScalingGroupName", allowed: "the name of an Auto Scaling group") { text in
            let isName = (1...255).contains(text.utf16.count) && !text.unicodeScalars.contains { $0.value < 32 }
            return isName ? AutoScalingGroupName(text) : nil
        }
    }

    /// - Parameter served: the clusters that this draind serves; empty: all.
    func cluster(served: [ClusterName]) throws(Refusal) -> ClusterName? {
        let cluster = try value("Cluster", allowed: "the name or the ARN of an ECS cluster") { text in
            let name = text.hasPrefix("arn:") ? ClusterName(text).shortName : text
            let isName =
                (1...255).contains(name.utf8.count)
                && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            return isName ? ClusterName(name) : nil
        }
        if let cluster, !served.isEmpty, !served.contains(cluster) {
            let names = served.map(\.rawValue).joined(separator: ", ")
            throw Refusal("Cluster \(cluster) is not served by this draind: it serves \(names) (--cluster)")
        }
        return cluster
    }

    /// In whole seconds, or with a unit.
    func duration(_ name: String, upTo longest: Duration) throws(Refusal) -> Duration? {
        let allowed = "a number and a unit (300s, 50m, 1h) of at most \(longest.brief), which leaves time to answer"
        return try value(name, allowed: allowed) { text in
            let duration = Int64(text).map { Duration.seconds($0) } ?? Duration(brief: text)
            return duration.flatMap { $0 >= .seconds(1) && $0 <= longest ? $0 : nil }
        }
    }
}
