import DrainService
import Testing

@Suite("The settings file")
struct SettingsFileTests {
    private func resolve(_ text: String) throws -> Settings {
        try Settings.resolve(
            flags: [("topic", "arn:aws:sns:eu-west-1:123456789012:hooks")], environment: [:],
            file: ("draind.yaml", text))
    }

    @Test(
        "may be empty, and holds what YAML calls a string, a number or a boolean as it is written",
        arguments: [
            "", "# nothing\n", "---\n", "sns-signature-versions: 2\ndry-run: true\n", "'log-level': \"debug\"\n",
        ])
    func accepts(text: String) throws {
        _ = try resolve(text)
    }

    @Test("may name a value and use it again")
    func alias() throws {
        let settings = try resolve("drain-timeout: &time 20s\nsns-max-age: *time\n")
        #expect(settings.snsMaximumAge == .seconds(20))
    }

    @Test(
        "is refused in one line that names the place",
        arguments: [
            ("log-level: debug\n\ndrain-timeout: 5\n", "draind.yaml:3"),
            ("log-level: debug\nlog-level: info\n", "draind.yaml:2"),
            ("log-level: debug\n\n# again\n\"log-level\" : info\n", "draind.yaml:4"),
            ("log-level: debug\nlisten: [\n", "draind.yaml:3"),
            ("log-level: debug\nlisten: {port: 8080}\n", "draind.yaml:2"),
            ("cluster:\n  - a\n  - [b]\n", "draind.yaml:1"),
            ("log-level: !secret debug\n", "draind.yaml:1"),
            ("cluster:\n- !secret a\n", "draind.yaml:1"),
            ("? [a]\n: b\n", "draind.yaml:1"),
            ("log-level: debug\n---\nlog-level: info\n", "draind.yaml:2"),
            ("log-level: *nobody\n", "draind.yaml:1"),
            ("<<: {log-level: debug}\n", "draind.yaml:1"),
            ("\"log\\nlevel\": debug\n", "draind.yaml:1"),
            ("tls-certificate:\n", "draind.yaml:1"),
            ("cluster: []\n", "draind.yaml:1"),
            ("sns-signature-versions: [1, 2]\n", "draind.yaml:1"),
            ("queue-url: q\n", "draind.yaml:1"),
            ("log-level: debug\n\tlisten: a\n", "draind.yaml:2"),
            ("just words\n", "draind.yaml:1"),
        ])
    func refuses(text: String, place: String) {
        let error = #expect(throws: SettingsError.self) { try resolve(text) }
        let line = error?.description ?? ""
        #expect(line.contains(place), "\(line)")
        #expect(!line.contains("\n"))
    }
}
