import AWSClient
import DrainEngine
import DrainModel
import HTTPEndpoint
import Logging
import Testing

@testable import DrainService

@Suite("Settings")
struct SettingsTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:hooks"
    private static let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks"

    private func resolve(
        _ flags: [(name: String, value: String)] = [("topic", topic)], environment: [String: String] = [:],
        file: String? = nil
    ) throws -> Settings {
        try Settings.resolve(flags: flags, environment: environment, file: file.map { ("draind.yaml", $0) })
    }

    private func refusal(
        _ flags: [(name: String, value: String)] = [("topic", topic)], environment: [String: String] = [:],
        file: String? = nil
    ) -> String? {
        do {
            _ = try resolve(flags, environment: environment, file: file)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("have the defaults of the contract")
    func defaults() throws {
        let settings = try resolve()
        #expect(settings.listen.description == "127.0.0.1:8080")
        #expect(settings.tlsCertificate == nil)
        #expect(settings.tlsPrivateKey == nil)
        #expect(settings.adminListen.description == "127.0.0.1:9464")
        #expect(settings.adminTokenFile == nil)
        #expect(settings.topics == [Self.topic])
        #expect(settings.queues.isEmpty)
        #expect(settings.store == .sqlite(path: "draind.db"))
        #expect(settings.clusters.isEmpty)
        #expect(settings.drainTimeout == .seconds(3600))
        #expect(settings.onTimeout == .continue)
        #expect(settings.standaloneTasks == .wait)
        #expect(settings.pollInterval == .seconds(5))
        #expect(!settings.isDryRun)
        #expect(settings.snsCertificateOrigin == nil)
        #expect(settings.cloudFormationResponseOrigin == nil)
        #expect(settings.snsMaximumAge == .seconds(75 * 60))
        #expect(settings.snsSignatureVersions == [1, 2])
        #expect(settings.logLevel == .info)
        #expect(settings.logFormat == nil)
    }

    @Test("are taken from a flag over the environment over the file")
    func precedence() throws {
        let file = "drain-timeout: 1m\npoll-interval: 1s\non-timeout: abandon\n"
        let settings = try resolve(
            [("topic", Self.topic), ("drain-timeout", "3m")],
            environment: ["DRAIND_DRAIN_TIMEOUT": "2m", "DRAIND_POLL_INTERVAL": "2s"], file: file)
        #expect(settings.drainTimeout == .seconds(180))
        #expect(settings.pollInterval == .seconds(2))
        #expect(settings.onTimeout == .abandon)
    }

    @Test("that are lists may be repeated flags, comma-separated variables, or YAML lists")
    func lists() throws {
        #expect(
            try resolve([("topic", Self.topic), ("cluster", "a"), ("cluster", "b,c")]).clusters == ["a", "b", "c"])
        #expect(try resolve(environment: ["DRAIND_CLUSTERS": "a, b"]).clusters == ["a", "b"])
        #expect(try resolve(file: "cluster:\n  - a\n  - b\n").clusters == ["a", "b"])
    }

    @Test(
        "read every kind of value",
        arguments: [
            ("standalone-tasks", "stop-after:15m"), ("standalone-tasks", "ignore"), ("sns-signature-versions", "2"),
            ("log-level", "debug"), ("log-format", "text"), ("dry-run", "on"), ("listen", "[::]:443"),
            ("store", "sqlite:/var/lib/draind.db"), ("store", "dynamodb:draind.prod-1"),
            ("sns-certificate-origin", "http://127.0.0.1:4566"),
            ("cloudformation-response-origin", "http://127.0.0.1:4566"),
        ])
    func values(name: String, value: String) {
        #expect(refusal([("topic", Self.topic), (name, value)]) == nil)
    }

    @Test(
        "refuse what is malformed, naming the setting and what is allowed",
        arguments: [
            ("drain-timeout", "1", "500ms, 5s, 15m, 2h"), ("drain-timeout", "0s", "from 1s"),
            ("drain-timeout", "49h", "to 48h"),
            ("drain-timeout", "-5s", "number and a unit"), ("on-timeout", "stop", "continue or abandon"),
            ("standalone-tasks", "stop-after", "stop-after:DURATION"), ("listen", "8080", "HOST:PORT"),
            ("listen", "::1:80", "HOST:PORT"), ("listen", "a:70000", "HOST:PORT"),
            ("store", "dynamodb:t", "dynamodb:TABLE"), ("store", "dynamodb:a table", "dynamodb:TABLE"),
            ("store", "/var/x", "sqlite:PATH"), ("create-table", "perhaps", "on or off"),
            ("sns-signature-versions", "3", "1, 2 or 1,2"),
            ("log-level", "loud", "debug"),
            ("sns-certificate-origin", "http://example.com:80", "127.0.0.1"),
            ("cloudformation-response-origin", "https://example.com", "127.0.0.1"),
            ("cluster", "a/b", "names of ECS clusters"),
            ("sns-certificate-origin", "https://127.0.0.1:80", "127.0.0.1"), ("dry-run", "maybe", "on or off"),
            ("poll-interval", "100ms", "from 500ms"), ("standalone-tasks", "stop-after:49h", "up to 48h"),
            ("sns-certificate-origin", "http://127.0.0.1:+80", "127.0.0.1:PORT"),
            ("topic", "arn:aws:sqs:eu-west-1:123456789012:q", "standard SNS topics"),
            ("topic", "arn:aws:sns:eu-west-1:123456789012:q.fifo", "standard SNS topics"),
            ("queue-url", "arn:aws:sqs:eu-west-1:123456789012:hooks", "URLs of standard SQS queues"),
            ("queue-url", "https://sqs.eu-west-1.amazonaws.com/123456789012/hooks.fifo", "URLs of standard SQS queues"),
            ("queue-url", "\(queue),hooks", "URLs of standard SQS queues"),
            ("detach", "stop", "drain or deregister"), ("api-share", "25", "1% to 100%"),
            ("api-share", "0%", "1% to 100%"), ("max-concurrent", "-1", "0 to 10000"),
            ("reconcile-interval", "0s", "from 1s to 1h"), ("auto-scaling-group", " ,", "names of Auto Scaling groups"),
        ])
    func malformed(name: String, value: String, allowed: String) {
        let line = refusal([("topic", Self.topic), (name, value)])
        #expect(line?.contains("--\(name)") == true)
        #expect(line?.contains(allowed) == true, "\(line ?? "accepted")")
        #expect(line?.contains("\n") == false)
    }

    @Test(
        "name the one that was meant, as it is written there",
        arguments: [
            ("DRAIND_TOPIC", "DRAIND_TOPICS"), ("DRAIND_CLUSTER", "DRAIND_CLUSTERS"),
            ("DRAIND_DRAIN_TIMOUT", "DRAIND_DRAIN_TIMEOUT"), ("DRAIND_DRYRUN", "DRAIND_DRY_RUN"),
        ])
    func meantVariable(written: String, meant: String) {
        #expect(refusal(environment: [written: "x"])?.hasSuffix("did you mean \(meant)?") == true)
    }

    @Test(
        "name the one that was meant by a line of the file",
        arguments: [("topics", "topic"), ("auto_scaling_groups", "auto-scaling-group"), ("loglevel", "log-level")])
    func meantKey(written: String, meant: String) {
        #expect(refusal(file: "\(written): x\n")?.hasSuffix("did you mean \(meant)?") == true)
    }

    @Test("guess at nothing that is far from everything")
    func noGuess() {
        #expect(refusal(environment: ["DRAIND_COLOUR": "x"])?.hasSuffix("see draind --help for what there is") == true)
    }

    @Test("tell of every mistake at once, each in a line of its own")
    func everyMistake() {
        let text = refusal(
            [("topic", Self.topic), ("drain-timeout", "5")], environment: ["DRAIND_COLOUR": "x"],
            file: "log-level: loud\nnonsense: 1\n")
        let lines = text?.split(separator: "\n") ?? []
        #expect(lines.count == 4)
        for name in ["--drain-timeout", "DRAIND_COLOUR", "log-level", "nonsense"] {
            #expect(lines.count { $0.contains(name) } == 1, "\(name)")
        }
    }

    @Test("refuse what is unknown, wherever it is said")
    func unknown() {
        #expect(refusal(environment: ["DRAIND_DRAIN_TIMOUT": "5s"])?.contains("DRAIND_DRAIN_TIMOUT") == true)
        #expect(refusal(file: "\ndrain-timout: 5s\n")?.contains("draind.yaml:2") == true)
        #expect(refusal([("drain-timout", "5s")])?.contains("--drain-timout") == true)
    }

    @Test(
        "refuse a file that is not a plain list of settings",
        arguments: [
            "- a\n", "drain-timeout: 5s\ndrain-timeout: 6s\n", "drain-timeout:\n  nested: 5s\n", "listen: [\n",
            "on-timeout:\n  - a\n  - b\n",
        ])
    func malformedFile(text: String) {
        #expect(refusal(file: text)?.contains("draind.yaml") == true)
    }

    @Test(
        "refuse what contradicts itself",
        arguments: [
            ([("tls-certificate", "c.pem")], "go together"), ([("admin-listen", "0.0.0.0:9464")], "--admin-token-file"),
            ([("topic", "arn:aws:sns:us-east-1:123456789012:other")], "one region"),
            ([("queue-url", queue), ("queue-url", queue)], "named twice"),
            ([("listen", "127.0.0.1:9464")], "an address of its own"),
            ([("standalone-tasks", "stop-after:20m"), ("drain-timeout", "10m")], "longer than --drain-timeout 10m"),
        ])
    func contradictions(flags: [(String, String)], words: String) {
        #expect(refusal([("topic", Self.topic)] + flags.map { (name: $0.0, value: $0.1) })?.contains(words) == true)
    }

    @Test("refuse a topic whose messages could never be believed, and say why")
    func unknownSigner() {
        let line = refusal([("topic", "arn:aws-eusc:sns:eusc-de-east-1:123456789012:hooks")])
        #expect(line?.contains("not known who signs SNS messages in the partition aws-eusc") == true)
    }

    @Test("refuse a draind that could hear nobody")
    func noDoor() {
        #expect(refusal([])?.contains("DRAIND_TOPICS") == true)
        #expect(refusal([])?.contains("DRAIND_QUEUE_URLS") == true)
    }

    @Test("are content with a queue and no topic")
    func onlyQueue() throws {
        let settings = try resolve([("queue-url", Self.queue)])
        #expect(settings.topics.isEmpty)
        #expect(settings.queues.map(\.url) == [Self.queue])
    }

    @Test("take hooks for ours that publish to a topic or a queue of them")
    func notificationTargets() throws {
        let settings = try resolve([("topic", Self.topic), ("queue-url", Self.queue)])
        #expect(
            settings.policy(in: "eu-west-1").notificationTargets
                == [Self.topic, "arn:aws:sqs:eu-west-1:123456789012:hooks"])
    }

    @Test(
        "refuse a queue that is not where AWS is called, and say what to do",
        arguments: [
            ("sqs.us-east-1.amazonaws.com", "is not in eu-west-1: set AWS_REGION to the region of the queues"),
            (
                "eu-west-1.queue.amazonaws.com",
                "is at a legacy host of SQS: give https://sqs.eu-west-1.amazonaws.com/123456789012/hooks"
            ),
            (
                "localhost:4566",
                "is at no host of SQS in eu-west-1: give https://sqs.eu-west-1.amazonaws.com/123456789012/hooks, or set "
                    + "AWS_ENDPOINT_URL_SQS to the endpoint that has it"
            ),
        ])
    func queueElsewhere(host: String, advice: String) throws {
        let url = "https://\(host)/123456789012/hooks"
        let settings = try resolve([("queue-url", url), ("queue-url", Self.queue)])
        var mistakes = SettingsError.Collector()
        settings.checkQueues(region: "eu-west-1", environment: [:], &mistakes)
        #expect(mistakes.error.lines == ["--queue-url: \(url) \(advice)"])
    }

    @Test("have in effect the default that the help tells")
    func toldDefaults() throws {
        let told = SettingDefinition.all.filter { $0.defaultText.wholeMatch(of: /none|all .*|json, or .*/) == nil }
        #expect(told.count > 10)
        for definition in told {
            let settings = try resolve([("topic", Self.topic), (definition.name, definition.defaultText)])
            #expect(try settings == resolve(), "\(definition.name)")
        }
    }

    @Test(
        "tell in the help what they may be",
        arguments: [
            ("on-timeout", "continue or abandon"), ("log-format", "json or text"), ("log-level", "debug"),
            ("drain-timeout", "500ms, 5s, 15m, 2h"), ("cluster", "repeated"), ("cluster", "DRAIND_CLUSTERS"),
            ("dry-run", "on or off"),
        ])
    func help(name: String, words: String) throws {
        let definition = try #require(SettingDefinition.all.first { $0.name == name })
        #expect(definition.explanation.contains(words))
    }

    @Test("never lack an explanation")
    func explained() {
        for definition in SettingDefinition.all {
            #expect(definition.help.hasSuffix("."), "\(definition.name)")
            #expect(definition.environment.hasPrefix("DRAIND_"))
        }
        #expect(Set(SettingDefinition.all.map(\.name)).count == SettingDefinition.all.count)
    }
}
