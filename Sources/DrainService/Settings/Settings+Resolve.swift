extension Settings {
    /// Flag over environment over file over default, each strictly checked.
    ///
    /// - Parameters:
    ///   - flags: as given, names without dashes, in order; a repeatable one may occur several times.
    ///   - environment: of it, everything that begins with `DRAIND_` must be a setting.
    /// - Throws: ``SettingsError`` with everything that is unknown, malformed or contradicts another.
    public static func resolve(
        flags: [(name: String, value: String)], environment: [String: String], file: (path: String, text: String)?
    ) throws(SettingsError) -> Settings {
        var settings = Settings()
        var mistakes = SettingsError.Collector()
        refuseUnknown(in: environment, &mistakes)
        let names = Set(SettingDefinition.all.map(\.name))
        for flag in flags where !names.contains(flag.name) {
            mistakes.add(unknown("--\(flag.name)", from: "the command line"))
        }
        let path = file?.path ?? ""
        var entries: [SettingsFile.Entry] = []
        if let file {
            let read = mistakes.attempt { () throws(SettingsError) in
                try SettingsFile(path: file.path, text: file.text).entries
            }
            entries = read ?? []
        }
        for entry in entries where !names.contains(entry.name) {
            mistakes.add(unknown(entry.name, from: "\(path):\(entry.line)"))
        }
        for definition in SettingDefinition.all {
            let given = flags.filter { $0.name == definition.name }.map(\.value)
            let entry = entries.first { $0.name == definition.name }
            let values: [String]
            let source: String
            if !given.isEmpty {
                (values, source) = (given, "--\(definition.name)")
            } else if let value = environment[definition.environment], !value.isEmpty {
                (values, source) = ([value], definition.environment)
            } else if let entry {
                (values, source) = (entry.values, "\(definition.name) (\(path):\(entry.line))")
            } else {
                continue
            }
            mistakes.attempt { () throws(SettingsError) in try settings.take(values, for: definition, from: source) }
        }
        // What was not understood cannot be compared with anything.
        if mistakes.isEmpty { settings.checkTogether(&mistakes) }
        guard mistakes.isEmpty else { throw mistakes.error }
        return settings
    }

    private mutating func take(
        _ values: [String], for definition: SettingDefinition, from source: String
    ) throws(SettingsError) {
        let parts = definition.isRepeatable ? values.flatMap(Self.commaSeparated) : values
        guard definition.isRepeatable || parts.count == 1 else {
            throw SettingsError("\(source): only one value is allowed: give \(definition.allowed)")
        }
        guard !parts.isEmpty, definition.apply(&self, parts) else {
            let shown = parts.joined(separator: ",").prefix(200).debugDescription
            throw SettingsError("\(source): \(shown) is not allowed: give \(definition.allowed)")
        }
    }

    private static func commaSeparated(_ text: String) -> [String] {
        text.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func refuseUnknown(in environment: [String: String], _ mistakes: inout SettingsError.Collector) {
        let known = Set(SettingDefinition.all.map(\.environment))
        for name in environment.keys.sorted() where name.hasPrefix("DRAIND_") && !known.contains(name) {
            mistakes.add(unknown(name, from: "the environment"))
        }
    }

    private static func unknown(_ name: String, from source: String) -> SettingsError {
        let plain = name.replacing("DRAIND_", with: "").replacing("--", with: "").lowercased().replacing("_", with: "-")
        if let meant = SettingDefinition.nearest(to: plain) {
            let isVariable = name.hasPrefix("DRAIND_")
            let spelled = isVariable ? meant.environment : name.hasPrefix("--") ? "--\(meant.name)" : meant.name
            return SettingsError("\(name) (from \(source)) is no setting of draind: did you mean \(spelled)?")
        }
        return SettingsError("\(name) (from \(source)) is no setting of draind: see draind --help for what there is")
    }
}
