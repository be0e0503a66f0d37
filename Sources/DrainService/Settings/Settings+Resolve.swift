import HTTPEndpoint
import SNSIntake

extension Settings {
    /// Flag over environment over file over default, each strictly checked.
    ///
    /// - Parameters:
    ///   - flags: as given, names without dashes, in order; a repeatable one may occur several times.
    ///   - environment: of it, everything that begins with `DRAIND_` must be a setting.
    /// - Throws: ``SettingsError`` for the first that is unknown, malformed or contradicts another.
    public static func resolve(
        flags: [(name: String, value: String)], environment: [String: String], file: (path: String, text: String)?
    ) throws(SettingsError) -> Settings {
        var settings = Settings()
        try refuseUnknown(in: environment)
        let names = Set(SettingDefinition.all.map(\.name))
        for flag in flags where !names.contains(flag.name) { throw unknown("--\(flag.name)", from: "the command line") }
        let path = file?.path ?? ""
        var entries: [SettingsFile.Entry] = []
        if let file { entries = try SettingsFile(path: file.path, text: file.text).entries }
        for entry in entries where !names.contains(entry.name) {
            throw unknown(entry.name, from: "\(path):\(entry.line)")
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
            try settings.take(values, for: definition, from: source)
        }
        try settings.checkTogether()
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

    private static func refuseUnknown(in environment: [String: String]) throws(SettingsError) {
        let known = Set(SettingDefinition.all.map(\.environment))
        for name in environment.keys.sorted() where name.hasPrefix("DRAIND_") && !known.contains(name) {
            throw unknown(name, from: "the environment")
        }
    }

    private static func unknown(_ name: String, from source: String) -> SettingsError {
        let plain = name.replacing("DRAIND_", with: "").replacing("--", with: "").lowercased().replacing("_", with: "-")
        if SettingDefinition.notYet.contains(where: { $0 == plain || "\($0)s" == plain }) {
            return SettingsError("\(name) (from \(source)) is not available in this version of draind: leave it out")
        }
        return SettingsError("\(name) (from \(source)) is no setting of draind: see draind --help for what there is")
    }

    /// - Parameter region: the one that AWS is called in. Auto Scaling publishes to topics of its own region only.
    func checkRegion(_ region: String) throws(SettingsError) {
        for arn in topics where SNSTopic(arn: arn)?.region != region {
            throw SettingsError("--topic: \(arn) is not in \(region): set AWS_REGION to the region of the topics")
        }
    }

    private func checkTogether() throws(SettingsError) {
        if topics.isEmpty {
            throw SettingsError(
                "--topic (DRAIND_TOPICS) is not set: give the ARN of the SNS topic that hooks publish to")
        }
        for topic in topics.compactMap({ SNSTopic(arn: $0) }) where !topic.isVerifiable {
            throw SettingsError(
                "--topic: it is not known who signs SNS messages in the partition \(topic.partition), so none could be "
                    + "believed: give topics of aws, aws-cn or aws-us-gov")
        }
        let regions = Set(topics.compactMap { SNSTopic(arn: $0)?.region }).sorted()
        if regions.count > 1 {
            throw SettingsError(
                "--topic: all topics must be of one region, these are of \(regions.joined(separator: ", "))")
        }
        if (tlsCertificate == nil) != (tlsPrivateKey == nil) {
            throw SettingsError("--tls-certificate and --tls-private-key go together: give both or neither")
        }
        if listen == adminListen, listen.port != 0 {
            throw SettingsError("--listen and --admin-listen are both \(listen): give each an address of its own")
        }
        if !adminListen.isLoopback, adminTokenFile == nil {
            throw SettingsError(
                "--admin-listen \(adminListen) is not on loopback: give --admin-token-file, or listen on 127.0.0.1")
        }
    }
}
