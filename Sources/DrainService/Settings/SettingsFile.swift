import Yams

/// The YAML file: a flat list of settings by their flags' names, where a setting that can be repeated may be a list.
///
/// Read strictly, and every value as the text it is written in: a repeated key, a nested value or a tag is an error
/// that names its line.
struct SettingsFile: Sendable {
    struct Entry: Sendable {
        let name: String
        let values: [String]
        let line: Int
    }

    let entries: [Entry]

    init(path: String, text: String) throws(SettingsError) {
        guard let root = try Self.root(path: path, text: text) else {
            entries = []
            return
        }
        guard case .mapping(let mapping) = root else {
            throw SettingsError("\(Self.place(path, root)): must hold lines such as \"drain-timeout: 20m\"")
        }
        var entries: [Entry] = []
        for (key, value) in mapping {
            let place = Self.place(path, key)
            guard let name = Self.word(key) else { throw SettingsError("\(place): a key must be a word") }
            guard let values = Self.values(of: value) else {
                throw SettingsError("\(place): \(name) must be a word or a list of words, without a tag")
            }
            entries.append(Entry(name: name, values: values, line: key.mark?.line ?? 0))
        }
        self.entries = entries
    }

    /// nil when the file is empty.
    private static func root(path: String, text: String) throws(SettingsError) -> Node? {
        do {
            // The basic resolver makes every plain value a string: what `on` and `08` mean is for the settings to say.
            let root = try Yams.compose(yaml: text, .basic)
            return root?.scalar?.string.isEmpty == true ? nil : root
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw SettingsError("\(path):\(mark.line): not YAML: \(problem)")
            case .duplicatedKeysInMapping(let names, let context):
                let line = names.first.flatMap { secondLine(of: $0, in: text) } ?? context.mark.line
                throw SettingsError("\(path):\(line): set twice: \(names.joined(separator: ", "))")
            default:
                throw SettingsError("\(path): not YAML: \(error)")
            }
        } catch {
            throw SettingsError("\(path): not YAML: \(error)")
        }
    }

    /// Where a key stands for the second time: Yams only knows where the mapping begins.
    private static func secondLine(of key: String, in text: String) -> Int? {
        let keys = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
            line.prefix { $0 != ":" }.filter { !["\"", "'", " "].contains($0) }
        }
        return keys.indices.filter { keys[$0] == key }.dropFirst().first.map { $0 + 1 }
    }

    private static func place(_ path: String, _ node: Node) -> String { "\(path):\(node.mark?.line ?? 0)" }

    private static func values(of node: Node) -> [String]? {
        guard case .sequence(let sequence) = node else { return word(node).map { [$0] } }
        guard isPlain(node, .seq) else { return nil }
        let words = sequence.compactMap(word)
        return words.count == sequence.count ? words : nil
    }

    private static func word(_ node: Node) -> String? { isPlain(node, .str) ? node.scalar?.string : nil }

    private static func isPlain(_ node: Node, _ tag: Tag.Name) -> Bool { node.tag.description == tag.rawValue }
}
