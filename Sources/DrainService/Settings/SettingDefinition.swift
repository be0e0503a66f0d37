import AWSClient
import DrainModel
import HTTPEndpoint
import Logging
import SNSIntake

/// One setting, said once: flags, environment, file, help and checks all come from here.
public struct SettingDefinition: Sendable {
    /// Its flag without the dashes, and its key in the file: `drain-timeout`.
    public let name: String
    public let environment: String
    /// What is shown for its value: `DURATION`. nil for a switch.
    public let placeholder: String?
    public let isRepeatable: Bool
    /// As people would write it.
    public let defaultText: String
    public let help: String
    /// Completes "… is not allowed: give ".
    let allowed: String
    /// Takes the values; false when they are not what is allowed.
    let apply: @Sendable (inout Settings, [String]) -> Bool

    private init(
        _ name: String, environment: String? = nil, _ placeholder: String?, isRepeatable: Bool = false,
        default defaultText: String, _ help: String, allowed: String,
        apply: @escaping @Sendable (inout Settings, [String]) -> Bool
    ) {
        self.name = name
        self.environment =
            environment ?? "DRAIND_" + name.uppercased().replacing("-", with: "_")
        self.placeholder = placeholder
        self.isRepeatable = isRepeatable
        self.defaultText = defaultText
        self.help = help
        self.allowed = allowed
        self.apply = apply
    }

    /// What `--help` says of it.
    public var explanation: String {
        // Where the placeholder says it all, it is not said again.
        var values = ["HOST:PORT", "FILE"].contains(placeholder) ? "" : " Allowed: \(allowed)."
        if placeholder == nil { values = " Elsewhere than on the command line: \(allowed)." }
        if isRepeatable { values += " May be repeated, or several separated by commas." }
        return "\(help)\(values) [\(environment), default \(defaultText)]"
    }

    /// A setting of one value that `read` understands.
    private static func one<Value>(
        _ name: String, _ placeholder: String, default defaultText: String, _ help: String, allowed: String,
        into path: any WritableKeyPath<Settings, Value> & Sendable, read: @escaping @Sendable (String) -> Value?
    ) -> Self {
        Self(name, placeholder, default: defaultText, help, allowed: allowed) { settings, values in
            guard let text = values.last, let value = read(text) else { return false }
            settings[keyPath: path] = value
            return true
        }
    }

    /// On or off.
    private static func `switch`(
        _ name: String, _ help: String, into path: any WritableKeyPath<Settings, Bool> & Sendable
    ) -> Self {
        Self(name, nil, default: "off", help, allowed: "on or off") { settings, values in
            guard let value = values.last, let isOn = ["on": true, "true": true, "off": false, "false": false][value]
            else { return false }
            settings[keyPath: path] = isOn
            return true
        }
    }

    /// A file's path.
    private static func file(
        _ name: String, _ help: String, into path: any WritableKeyPath<Settings, String?> & Sendable
    ) -> Self {
        one(name, "FILE", default: "none", help, allowed: "a file's path", into: path) { $0.isEmpty ? nil : .some($0) }
    }

    private static func duration(
        _ name: String, default defaultText: String, _ help: String, from least: Duration, to most: Duration? = nil,
        into path: any WritableKeyPath<Settings, Duration> & Sendable
    ) -> Self {
        let limits = "from \(least.brief)" + (most.map { " to \($0.brief)" } ?? "")
        return one(
            name, "DURATION", default: defaultText, help,
            allowed: "a number and a unit (500ms, 5s, 15m, 2h) \(limits)", into: path
        ) { text in
            guard let duration = Duration(brief: text), duration >= least, most.map({ duration <= $0 }) ?? true
            else { return nil }
            return duration
        }
    }

    public static let all: [Self] = [
        one(
            "listen", "HOST:PORT", default: "127.0.0.1:8080", "Where SNS delivers: POST /sns.", allowed: "HOST:PORT",
            into: \.listen, read: { ListenAddress($0) }),
        file(
            "tls-certificate",
            "PEM file with the certificate chain; with it the ingress speaks HTTPS only. A renewed file is picked up.",
            into: \.tlsCertificate),
        file("tls-private-key", "PEM file with the certificate's private key.", into: \.tlsPrivateKey),
        one(
            "admin-listen", "HOST:PORT", default: "127.0.0.1:9464",
            "Where the admin API listens: /healthz, /readyz, /v1/drains.", allowed: "HOST:PORT", into: \.adminListen,
            read: { ListenAddress($0) }),
        file(
            "admin-token-file",
            "File with the bearer token of the admin API; required unless the admin API listens on loopback.",
            into: \.adminTokenFile),
        Self(
            "topic", environment: "DRAIND_TOPICS", "ARN", isRepeatable: true, default: "none",
            "An SNS topic that is obeyed; messages of all others are refused. At least one topic or queue.",
            allowed: "ARNs of standard SNS topics (arn:aws:sns:eu-west-1:123456789012:drain-hooks)"
        ) { settings, values in
            settings.topics = values
            return values.allSatisfy(isTopicARN)
        },
        Self(
            "queue-url", environment: "DRAIND_QUEUE_URLS", "URL", isRepeatable: true, default: "none",
            "An SQS queue that is polled; whatever its policy lets in is obeyed. At least one topic or queue.",
            allowed: "URLs of standard SQS queues (https://sqs.eu-west-1.amazonaws.com/123456789012/drain-hooks)"
        ) { settings, values in
            settings.queues = values.compactMap { SQSQueue(url: $0) }
            return settings.queues.count == values.count && !settings.queues.contains(where: \.isFIFO)
        },
        one(
            "store", "STORE", default: "sqlite:draind.db",
            "Where drains are recorded: a file of this draind alone, or a table that several share; of these one decides.",
            allowed: "sqlite:PATH or dynamodb:TABLE (a name, no ARN: 3 to 255 of letters, digits, . _ -)",
            into: \.store, read: { Settings.Store($0) }),
        .switch(
            "create-table", "Make the table of --store dynamodb:TABLE, on demand, if there is none.",
            into: \.createsTable),
        Self(
            "cluster", environment: "DRAIND_CLUSTERS", "NAME", isRepeatable: true, default: "all found",
            "An ECS cluster that this draind serves.", allowed: "names of ECS clusters (letters, digits, - and _)"
        ) { settings, values in
            settings.clusters = values.map { ClusterName($0) }
            return values.allSatisfy { name in
                (1...255).contains(name.count)
                    && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            }
        },
        Self(
            "auto-scaling-group", environment: "DRAIND_AUTO_SCALING_GROUPS", "NAME", isRepeatable: true,
            default: "all that publish to the topics and queues",
            "A group whose Terminating:Wait instances are looked for even when no notification came.",
            allowed: "names of Auto Scaling groups, at most 50"
        ) { settings, values in
            settings.autoScalingGroups = values.map { AutoScalingGroupName($0) }
            return values.count <= 50 && values.allSatisfy { (1...255).contains($0.utf16.count) }
        },
        one(
            "detach", "MODE", default: "drain",
            "How an instance is taken out of service: by the state DRAINING, in which ECS moves its tasks, or deregistered "
                + "with force, so that replacements start at once and the old containers serve on meanwhile.",
            allowed: "drain or deregister", into: \.detach, read: { DrainPolicy.DetachMode(rawValue: $0) }),
        duration(
            "drain-timeout", default: "3600s",
            "The deadline of one drain, from acceptance; never beyond what Auto Scaling allows.",
            from: .seconds(1), to: longestDeadline, into: \.drainTimeout),
        one(
            "on-timeout", "RESULT", default: "continue", "What Auto Scaling is told at the deadline.",
            allowed: "continue or abandon", into: \.onTimeout,
            read: { ["continue": .continue, "abandon": .abandon][$0] }),
        one(
            "standalone-tasks", "POLICY", default: "wait",
            "What becomes of tasks that no service owns. A minute before EC2 takes a Spot instance back they are stopped, too, "
                + "except with ignore.",
            allowed: "wait, stop (at once), stop-after:DURATION (since acceptance, 15m; up to "
                + "\(longestDeadline.brief)) or ignore",
            into: \.standaloneTasks,
            read: standaloneTasks),
        duration(
            "poll-interval", default: "5s", "The shortest time between two looks at one cluster.",
            from: .milliseconds(500), to: .seconds(300), into: \.pollInterval),
        duration(
            "reconcile-interval", default: "60s",
            "How often Terminating:Wait instances without a known hook are looked for.",
            from: .seconds(1), to: .seconds(3600), into: \.reconcileInterval),
        one(
            "api-share", "PERCENT", default: "25%", "The most of each published AWS request rate that draind may use.",
            allowed: "1% to 100%", into: \.apiShare, read: percent),
        one(
            "max-concurrent", "COUNT", default: "0",
            "Drains in progress per cluster; further ones wait, heartbeats going, and their deadlines count. 0: no limit.",
            allowed: "a number from 0 to 10000", into: \.maximumConcurrent,
            read: { text in Int(text).flatMap { (0...10_000).contains($0) ? $0 : nil } }),
        .switch(
            "dry-run",
            "Decide and log, but change nothing at AWS. A new subscription is then confirmed by hand: the log says how.",
            into: \.isDryRun),
        one(
            "sns-certificate-origin", "URL", default: "none",
            "Development only: one further origin that a signing certificate may come from.",
            allowed: "http://127.0.0.1:PORT, http://[::1]:PORT or http://localhost:PORT", into: \.snsCertificateOrigin,
            read: { isLocalOrigin($0) ? .some($0) : nil }),
        duration(
            "sns-max-age", default: "75m",
            "Messages with an older Timestamp are refused as replays. SNS itself retries for up to an hour.",
            from: .seconds(1), into: \.snsMaximumAge),
        one(
            "sns-signature-versions", "VERSIONS", default: "1,2",
            "Signature versions that are believed; 2 alone refuses SHA-1.", allowed: "1, 2 or 1,2",
            into: \.snsSignatureVersions, read: { ["1": [1], "2": [2], "1,2": [1, 2], "2,1": [1, 2]][$0] }),
        one(
            "cloudformation-response-origin", "URL", default: "none",
            "Development only: one further origin where CloudFormation may want its answers.",
            allowed: "http://127.0.0.1:PORT, http://[::1]:PORT or http://localhost:PORT",
            into: \.cloudFormationResponseOrigin, read: { isLocalOrigin($0) ? .some($0) : nil }),
        one(
            "log-level", "LEVEL", default: "info", "The least important events that are logged.",
            allowed: Logger.Level.allCases.map(\.rawValue).joined(separator: ", "), into: \.logLevel,
            read: { Logger.Level(rawValue: $0) }),
        one(
            "log-format", "FORMAT", default: "json, or text on a terminal", "How events are written, one a line.",
            allowed: "json or text", into: \.logFormat, read: { LogFormat(rawValue: $0).map { .some($0) } }),
    ]
}

private func percent(_ text: String) -> Int? {
    guard text.hasSuffix("%"), let number = Int(text.dropLast()) else { return nil }
    return (1...100).contains(number) ? number : nil
}

/// Auto Scaling ends every wait after 48 hours, whatever the heartbeats.
/// Source: the Auto Scaling user guide, "Amazon EC2 Auto Scaling lifecycle hooks".
private let longestDeadline: Duration = .seconds(48 * 3600)

/// FIFO topics deliver to queues only, never to an HTTPS endpoint.
private func isTopicARN(_ text: String) -> Bool { SNSTopic(arn: text) != nil && !text.hasSuffix(".fifo") }

private func standaloneTasks(_ text: String) -> DrainPolicy.StandaloneTasks? {
    switch text {
    case "wait": return .wait
    case "stop": return .stop
    case "ignore": return .ignore
    default:
        guard text.hasPrefix("stop-after:") else { return nil }
        return Duration(brief: String(text.dropFirst("stop-after:".count)))
            .flatMap { $0 <= longestDeadline ? .stopAfter($0) : nil }
    }
}

private func isLocalOrigin(_ text: String) -> Bool {
    for host in ["127.0.0.1", "localhost", "[::1]"] where text.hasPrefix("http://\(host):") {
        return ListenAddress.port(text.dropFirst("http://\(host):".count)).map { $0 > 0 } ?? false
    }
    return false
}
