import AWSClient
import DrainEngine
import DrainModel
import FoundationEssentials
import Glibc
import HTTPEndpoint
import HTTPTransport
import Ledgers
import Logging
import SNSIntake
import ServiceLifecycle
import UnixSignals

/// draind, wired: the one place that knows every part.
///
/// Parts start in the order ledger, engine, custom resources, admin listener, ingress, queue door, and stop in the
/// reverse: nothing is accepted that nobody would carry out.
public struct DraindService: Sendable {
    public static let version = "0.1.0"
    /// How long what is under way may take to end; what is left then is cancelled, and all is over within 20 seconds.
    /// It is more than any exchange of the listeners may take. ECS and systemd allow 30 seconds and more by default.
    private static let longestShutdown: Duration = .seconds(18)

    private let settings: Settings
    private let environment: [String: String]
    private let logger: Logger
    private let http: CurlClient
    private let caller: SigningCaller
    private let certificate: RenewableCertificate?
    private let adminToken: BearerToken?

    /// Checks everything that can be checked without changing anything.
    ///
    /// - Throws: ``SettingsError`` with one line for the operator.
    public init(settings: Settings, environment: [String: String]) throws(SettingsError) {
        self.settings = settings
        self.environment = environment
        let format = settings.logFormat ?? (isatty(STDERR_FILENO) == 1 ? .text : .json)
        var logger = Logger(label: "draind") { _ in LineLogHandler(format: format, level: settings.logLevel) }
        logger.logLevel = settings.logLevel
        self.logger = logger
        var mistakes = SettingsError.Collector()
        let authorities = mistakes.attempt { () throws(SettingsError) in try AuthorityBundle.path(in: environment) }
        let http = CurlClient(certificateAuthorities: authorities ?? nil, userAgent: "draind/\(Self.version)")
        let caller = mistakes.attempt { () throws(SettingsError) in
            try Self.caller(environment, http, for: settings)
        }
        let certificate = mistakes.attempt { () throws(SettingsError) in try Self.certificate(settings, logger) }
        let token = mistakes.attempt { () throws(SettingsError) in try Self.adminToken(settings) }
        if let caller { settings.checkQueues(region: caller.region, environment: environment, &mistakes) }
        mistakes.attempt { () throws(SettingsError) in try settings.checkStore() }
        guard mistakes.isEmpty, let caller, let certificate, let token else { throw mistakes.error }
        (self.http, self.caller, self.certificate, adminToken) = (http, caller, certificate, token)
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: ``SettingsError`` when a draind that shares the ledger decides otherwise; and when an address cannot be
    ///   listened on, the ledger cannot be opened, or another draind took it over: the log has the reason then.
    public func run() async throws {
        let parts: ServiceGroup
        do {
            parts = try await assembled()
        } catch let error as SettingsError {
            throw error
        } catch {
            logger.critical("draind cannot start: \(error)")
            throw error
        }
        defer { http.shutdown() }
        try await parts.run()
        logger.notice("stopped")
    }

    private func assembled() async throws -> ServiceGroup {
        let clock = SteadyClock()
        let ledger = try await ledger(clock)
        let log = DrainLog(logger: logger, clock: clock)
        let actuator: any ClusterActuator =
            settings.isDryRun ? DryRunActuator(logger: logger) : AWSClusterActuator(caller: caller)
        let controller = DrainController(
            ledger: ledger,
            observer: AWSClusterObserver(caller: caller), actuator: actuator, clock: clock,
            policy: settings.policy(in: caller.region),
            holder: Lease.Holder(name: Self.processName, settings: settings.deciding(in: caller.region)),
            objection: { [settings, region = caller.region] lease in
                guard case .dynamoDB(let table) = settings.store else { return nil }
                return settings.disagreement(with: lease, on: table, in: region)
            },
            report: { log.write($0) })
        let desk = StackRequestDesk(
            ledger: ledger, served: settings.clusters, clock: clock, isDryRun: settings.isDryRun, logger: logger)
        let takeRequest: TakeStackRequest = { (message, origin) async throws(LedgerError) in
            try await desk.take(message, from: origin)
        }
        let queues = QueueStates(settings.queues)
        let checkStore = { @Sendable () async throws(LedgerError) in try await ledger.checkWritable() }
        let readiness = ReadinessCheck(
            isReady: { controller.isReady }, role: { Readiness.Role(controller.role) }, checkStore: checkStore,
            queues: queues, caller: caller, clock: clock)
        let admin = AdminServer(
            configuration: .init(address: settings.adminListen, token: adminToken),
            drains: LedgerSource(ledger: ledger),
            operations: ControllerOperator(controller: controller, served: settings.clusters, logger: logger),
            readiness: { await readiness.readiness() }, logger: quiet(.notice),
            onListening: { [logger] in logger.info("admin API listening", metadata: ["address": "\($0)"]) })
        let ingress = IngressServer(
            configuration: .init(address: settings.listen, certificate: certificate),
            receiver: door(to: controller, taking: takeRequest, SystemClock()), logger: quiet(.notice),
            onListening: { [logger] in logger.notice("listening", metadata: ["address": "\($0)"]) })
        if let origin = settings.snsCertificateOrigin {
            logger.warning("development: signing certificates from \(origin) are believed too")
        }
        if let origin = settings.cloudFormationResponseOrigin {
            logger.warning("development: answers to CloudFormation are put to \(origin) too")
        }
        if settings.isDryRun { logger.warning("dry run: nothing is changed at AWS") }
        logger.notice(
            "draind \(Self.version)",
            metadata: [
                "topics": "\(settings.topics.joined(separator: ","))",
                "queues": "\(settings.queues.map(\.url).joined(separator: ","))",
            ])
        // A listener that cannot begin ends the others in good order; after the engine nothing is left to put in order.
        var services = [
            part(ControllerService(controller: controller), ifItFails: .cancelGroup),
            part(stackResources(ledger, controller, clock), ifItFails: .gracefullyShutdownGroup),
            part(admin, ifItFails: .gracefullyShutdownGroup),
            part(ingress, ifItFails: .gracefullyShutdownGroup),
        ]
        // A service that has nothing to do would end, and the others with it.
        if !settings.queues.isEmpty {
            let pollers = settings.queues.map { queue in
                QueuePoller(
                    queue: queue, caller: caller, controller: controller, checkStore: checkStore, states: queues,
                    requests: .init(
                        topics: Set(settings.topics),
                        developmentResponseOrigin: settings.cloudFormationResponseOrigin,
                        take: takeRequest),
                    isDryRun: settings.isDryRun, logger: logger)
            }
            services.append(
                part(
                    QueueDoor(pollers: pollers, clock: clock, isReady: { controller.isReady }),
                    ifItFails: .gracefullyShutdownGroup))
        }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(.critical))
        configuration.maximumGracefulShutdownDuration = Self.longestShutdown
        return ServiceGroup(configuration: configuration)
    }

    private func ledger(_ clock: any WallClock) async throws -> any Ledger & StackRequestLedger {
        switch settings.store {
        case .sqlite(let path):
            // What a dry run records has not been done: it must not keep a later draind from doing it.
            return try SQLiteLedger(path: settings.isDryRun ? "\(path).dry-run" : path)
        case .dynamoDB(let table):
            let ledger = DynamoDBLedger(
                table: table, caller: caller, clock: clock,
                report: { [logger] in logger.error("left alone by this draind: \($0)") })
            if settings.createsTable { try await ledger.createTableIfMissing() } else { try await ledger.checkSchema() }
            try await settings.checkAgreement(with: ledger, named: table, in: caller.region, clock: clock)
            return ledger
        }
    }

    /// Of this process and of no other, for people to find it by.
    private static var processName: String {
        let number = UInt16.random(in: .min ... .max)
        return "\(ProcessInfo.processInfo.hostName)/\(getpid())/\(String(number, radix: 16))"
    }

    private func part(
        _ service: some Service & CustomStringConvertible,
        ifItFails behavior: ServiceGroupConfiguration.ServiceConfiguration.TerminationBehavior
    ) -> ServiceGroupConfiguration.ServiceConfiguration {
        .init(service: Part(service: service, logger: logger), failureTerminationBehavior: behavior)
    }

    /// For libraries, whose own remarks serve to debug them.
    private func quiet(_ level: Logger.Level) -> Logger {
        var logger = logger
        logger.logLevel = max(settings.logLevel, level)
        return logger
    }

    private func stackResources(
        _ ledger: any Ledger & StackRequestLedger, _ controller: DrainController, _ clock: any WallClock
    ) -> StackResourceService {
        StackResourceService(
            ledger: ledger, controller: controller, errands: StackErrands(caller: caller, http: http), clock: clock,
            // Drains are looked at every poll; that all have ended need not be known at once.
            lookPause: settings.pollInterval * 2, logger: logger)
    }

    private func door(
        to controller: DrainController, taking takeRequest: @escaping TakeStackRequest, _ clock: any WallClock
    ) -> SNSDoor {
        let policy = SNSTrustPolicy(
            topics: .only(Set(settings.topics)), signatureVersions: settings.snsSignatureVersions,
            maximumAge: settings.snsMaximumAge, developmentCertificateOrigin: settings.snsCertificateOrigin,
            developmentResponseOrigin: settings.cloudFormationResponseOrigin)
        return SNSDoor(
            verifier: SNSVerifier(policy: policy, fetcher: HTTPCertificateFetcher(http: http)), controller: controller,
            takeRequest: takeRequest,
            sns: SNS(caller.with(timeLimit: .seconds(8))), clock: clock, isDryRun: settings.isDryRun, logger: logger)
    }

    private static func caller(
        _ environment: [String: String], _ http: CurlClient, for settings: Settings
    ) throws(SettingsError) -> SigningCaller {
        let caller: SigningCaller
        do throws(SigningCaller.ConfigurationError) {
            caller = try SigningCaller.fromEnvironment(environment, http: http)
        } catch {
            throw SettingsError(error.description)
        }
        try settings.checkRegion(caller.region)
        return caller
    }

    private static func certificate(
        _ settings: Settings, _ logger: Logger
    ) throws(SettingsError) -> RenewableCertificate? {
        guard let certificate = settings.tlsCertificate, let key = settings.tlsPrivateKey else { return nil }
        do throws(CertificateError) {
            return try RenewableCertificate(certificate: certificate, privateKey: key, logger: logger)
        } catch {
            throw SettingsError("--tls-certificate, --tls-private-key: \(error)")
        }
    }

    private static func adminToken(_ settings: Settings) throws(SettingsError) -> BearerToken? {
        guard let path = settings.adminTokenFile else { return nil }
        guard let content = try? Data(contentsOf: URL(filePath: path)) else {
            throw SettingsError("--admin-token-file: \(path) cannot be read")
        }
        guard let token = BearerToken(content) else { throw SettingsError("--admin-token-file: \(path) is empty") }
        return token
    }
}

/// A service of the group that says at once why it failed, before its end ends others.
private struct Part<Inner: Service & CustomStringConvertible>: Service, CustomStringConvertible {
    let service: Inner
    let logger: Logger

    var description: String { service.description }

    func run() async throws {
        do {
            try await service.run()
        } catch let error where !(error is CancellationError) {
            logger.critical("draind ends: \(error)")
            throw error
        }
    }
}

/// The engine as a service of the group.
private struct ControllerService: Service, CustomStringConvertible {
    let controller: DrainController

    var description: String { "drain engine" }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await controller.run()
        } onGracefulShutdown: {
            controller.stop()
        }
    }
}
