import ArgumentParser
import DrainService
import Foundation

/// The service's command line. Every setting is described once, in ``SettingDefinition``; here it only gets its flag.
@main
struct Draind: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draind",
        abstract: "Drains ECS container instances before Auto Scaling ends them.",
        discussion: """
            draind obeys the termination lifecycle hooks that arrive from the topics and queues it is told of, and \
            completes each one only when the tasks of the instance run, healthy, elsewhere.

            Each setting can be a flag, an environment variable (DRAIND_DRAIN_TIMEOUT=20m for --drain-timeout 20m) or \
            a line of the --config file (drain-timeout: 20m); a flag wins over the environment, that over the file. \
            AWS settings are AWS's own: AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, …

            A setting that may be repeated takes several values separated by commas, too, and in the file a list, \
            under its flag's name:
              cluster: [web, batch]
              topic:
                - arn:aws:sns:eu-west-1:123456789012:drain-hooks

            EXAMPLES
              draind --topic arn:aws:sns:eu-west-1:123456789012:drain-hooks \\
                --listen 0.0.0.0:8443 \\
                --tls-certificate fullchain.pem --tls-private-key privkey.pem
              draind \\
                --queue-url https://sqs.eu-west-1.amazonaws.com/123456789012/drain-hooks
              draind --config /etc/draind.yaml --check-config
              draind --config /etc/draind.yaml --dry-run --log-format text

            Exit codes: 0 ended when told to, 1 failed (the log says why), 64 wrong usage, 78 a setting is not good.
            """,
        version: DraindService.version)

    @Option(help: .setting("listen")) var listen: [String] = []
    @Option(help: .setting("tls-certificate")) var tlsCertificate: [String] = []
    @Option(help: .setting("tls-private-key")) var tlsPrivateKey: [String] = []
    @Option(help: .setting("admin-listen")) var adminListen: [String] = []
    @Option(help: .setting("admin-token-file")) var adminTokenFile: [String] = []
    @Option(help: .setting("topic")) var topic: [String] = []
    @Option(help: .setting("queue-url")) var queueURL: [String] = []
    @Option(help: .setting("store")) var store: [String] = []
    @Flag(help: .setting("create-table")) var createTable = false
    @Option(help: .setting("cluster")) var cluster: [String] = []
    @Option(help: .setting("drain-timeout")) var drainTimeout: [String] = []
    @Option(help: .setting("on-timeout")) var onTimeout: [String] = []
    @Option(help: .setting("standalone-tasks")) var standaloneTasks: [String] = []
    @Option(help: .setting("poll-interval")) var pollInterval: [String] = []
    @Option(help: .setting("auto-scaling-group")) var autoScalingGroup: [String] = []
    @Option(help: .setting("detach")) var detach: [String] = []
    @Option(help: .setting("reconcile-interval")) var reconcileInterval: [String] = []
    @Option(help: .setting("api-share")) var apiShare: [String] = []
    @Option(help: .setting("max-concurrent")) var maxConcurrent: [String] = []
    @Flag(help: .setting("dry-run")) var dryRun = false
    @Option(help: .setting("sns-certificate-origin")) var snsCertificateOrigin: [String] = []
    @Option(help: .setting("sns-max-age")) var snsMaxAge: [String] = []
    @Option(help: .setting("sns-signature-versions")) var snsSignatureVersions: [String] = []
    @Option(name: .customLong("cloudformation-response-origin"), help: .setting("cloudformation-response-origin"))
    var cloudFormationResponseOrigin: [String] = []
    @Option(help: .setting("log-level")) var logLevel: [String] = []
    @Option(help: .setting("log-format")) var logFormat: [String] = []
    @Option(help: ArgumentHelp("A YAML file with settings.", valueName: "file")) var config: String?
    @Flag(help: "Check all settings, say what is wrong, and exit.") var checkConfig = false
    /// For whoever starts it and must not leave it behind, however they end.
    @Flag(help: .hidden) var endWithStandardInput = false
    @Argument(help: .hidden) var strays: [String] = []

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch let error as SettingsError {
            refuse(error.lines.map { "draind: \($0)" }.joined(separator: "\n"))
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            // A flag that does not exist is a setting that is unknown: one line, like any other.
            refuse("draind: \(message(for: error).split(separator: "\n").joined(separator: " ")): see draind --help")
        }
    }

    func run() async throws {
        if let stray = strays.first {
            Self.refuse("draind: unexpected argument \(stray): see draind --help", exitCode: ExitCode.validationFailure)
        }
        let environment = ProcessInfo.processInfo.environment
        let settings = try Settings.resolve(flags: flags, environment: environment, file: try configuration())
        let service = try DraindService(settings: settings, environment: environment)
        if checkConfig { return print("draind: the settings are good") }
        if endWithStandardInput { Self.terminateWhenStandardInputEnds() }
        do {
            try await service.run()
        } catch let error as SettingsError {
            throw error
        } catch {
            throw ExitCode.failure  // the log says why
        }
    }

    /// What was given on the command line, by the settings' names.
    var flags: [(name: String, value: String)] {
        let given: [(String, [String])] = [
            ("listen", listen), ("tls-certificate", tlsCertificate), ("tls-private-key", tlsPrivateKey),
            ("admin-listen", adminListen), ("admin-token-file", adminTokenFile), ("topic", topic),
            ("queue-url", queueURL),
            ("store", store), ("create-table", createTable ? ["on"] : []), ("cluster", cluster),
            ("drain-timeout", drainTimeout), ("on-timeout", onTimeout),
            ("auto-scaling-group", autoScalingGroup), ("detach", detach), ("reconcile-interval", reconcileInterval),
            ("api-share", apiShare), ("max-concurrent", maxConcurrent),
            ("standalone-tasks", standaloneTasks), ("poll-interval", pollInterval), ("dry-run", dryRun ? ["on"] : []),
            ("sns-certificate-origin", snsCertificateOrigin), ("sns-max-age", snsMaxAge),
            ("sns-signature-versions", snsSignatureVersions),
            ("cloudformation-response-origin", cloudFormationResponseOrigin), ("log-level", logLevel),
            ("log-format", logFormat),
        ]
        return given.flatMap { name, values in values.map { (name: name, value: $0) } }
    }

    private func configuration() throws -> (path: String, text: String)? {
        guard let config else { return nil }
        guard let text = try? String(contentsOfFile: config, encoding: .utf8) else {
            throw SettingsError("--config: \(config) cannot be read")
        }
        return (config, text)
    }

    private static func terminateWhenStandardInputEnds() {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 {}
            kill(getpid(), SIGTERM)
        }
    }

    private static func refuse(_ text: String, exitCode: ExitCode = ExitCode(78)) -> Never {
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
        exit(withError: exitCode)
    }
}

extension ArgumentHelp {
    /// What the table of settings says of one.
    fileprivate static func setting(_ name: String) -> ArgumentHelp {
        guard let definition = SettingDefinition.all.first(where: { $0.name == name }) else {
            preconditionFailure("no setting \(name)")
        }
        return ArgumentHelp("\(definition.explanation)", valueName: definition.placeholder?.lowercased())
    }
}
