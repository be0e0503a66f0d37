import Yams

/// The YAML file: a flat list of settings by their flags' names, where a setting that can be repeated may be a list.
///
/// Read strictly: an unknown or repeated key, a nested value or a tag is an error that names its line.
struct SettingsFile: Sendable {
    struct Entry: Sendable {
        let name: String
        let values: [String]
        let line: Int
    }

    let entries: [Entry]

    init(path: String, text: String) throws(SettingsError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw SettingsError("\(path): not YAML: \(String(describing: error).split(separator: "\n").joined(separator: " "))")
        }
        guard let root else {
            entries = []
            return
        }
        guard case .mapping(let mapping) = root else {
            throw SettingsError("\(path): must hold lines such as \"drain-timeout: 20m\"")
        }
        var entries: [Entry] = []
        for (key, value) in mapping {
            let line = key.mark?.line ?? 0
            guard let name = key.scalar?.string else { throw SettingsError("\(path):\(line): a key must be a word") }
            if entries.contains(where: { $0.name == name }) { throw SettingsError("\(path):\(line): \(name) is set twice") }
            entries.append(Entry(name: name, values: try Self.values(of: value, name, "\(path):\(line)"), line: line))
        }
        self.entries = entries
    }

    private static func values(of node: Node, _ name: String, _ place: String) throws(SettingsError) -> [String] {
        switch node {
        case .scalar(let scalar): return [scalar.string]
        case .sequence(let sequence):
            var values: [String] = []
            for element in sequence {
                guard let scalar = element.scalar else { throw SettingsError("\(place): \(name) must be a list of words") }
                values.append(scalar.string)
            }
            return values
        case .mapping, .alias: throw SettingsError("\(place): \(name) must be a word or a list of words")
        }
    }
}
