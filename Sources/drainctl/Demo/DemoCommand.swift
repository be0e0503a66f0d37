import ArgumentParser
import DrainModel
import Foundation
import HTTPTransport
import SimulatedAWS
import SimulatedWorld
import UnixSignals

/// `drainctl demo`: the main job on a simulated account, with a real draind.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows what draind is for, on a simulated AWS account.",
        discussion: """
            First the same without draind, in simulated time: what is killed, what is lost. Then with it: a real \
            draind process receives the signed hooks over HTTP from a simulated account and drains. Progress is on \
            standard error, the result on standard output; the exit code is 0 when it went as the scenario should, by \
            what the account itself knows, 1 when not, 2 when it took too long. Ctrl-C ends everything that it started.

            SCENARIOS
              scale-in      The group scales in by two (--scale-in). About 25 s.
              ami-upgrade   Every instance is replaced, two at a time. About 90 s.
              stuck         ECS can never move a service: draind says why and what to
                            do, and at the deadline (--drain-timeout) lets the
                            instance end. About 45 s.
              replicas      Two draind share a DynamoDB table, and the one that decides
                            is killed in the middle of six drains. About 40 s. Needs
                            --dynamodb-endpoint, which scripts/demo brings.

            EXAMPLES
              drainctl demo
              drainctl demo --instances 30 --scale-in 20
              drainctl demo --replacement-health-delay 60   (replacements need a minute)
              drainctl demo --scenario ami-upgrade
              drainctl demo --scenario stuck --drain-timeout 2m
              scripts/demo --scenario replicas
              drainctl demo --output json | jq .drains
            """)

    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(help: "What happens to the account.") var scenario = DemoScenario.scaleIn
    @Option(help: "How many instances the group has; without it 7, for replicas 12.") var instances: Int?
    @Option(help: "By how many instances it is scaled in, in the scenario of that name.") var scaleIn = 2
    @Option(help: "Seconds that a replacement takes longer than usual to become healthy.") var replacementHealthDelay =
        0
    @Option(help: "draind's deadline for each drain; without it 3600s, for stuck 40s.") var drainTimeout: String?
    @Option(
        help: ArgumentHelp(
            "The DynamoDB of the scenario replicas (moto, or DynamoDB Local): a table is made there, and stays.",
            valueName: "http://host:port")) var dynamodbEndpoint: String?
    @Flag(help: "Leave the simulated account and draind running at the end, until Ctrl-C.") var keepRunning = false
    @Option(help: "The result as a table or as one JSON object.") var output = Output.table
    @Flag(help: "No colours; NO_COLOR in the environment does the same.") var noColor = false

    func validate() throws {
        let fewest = scenario == .replicas ? DemoPlot.drainsOfReplicas + 2 : 2
        guard (fewest...200).contains(instanceCount) else {
            throw ValidationError("--instances: give \(fewest) to 200")
        }
        guard scenario != .scaleIn || (1..<instanceCount).contains(scaleIn) else {
            throw ValidationError("--scale-in: give 1 to \(instanceCount - 1)")
        }
        try validateDynamoDB()
        guard (0...3600).contains(replacementHealthDelay) else {
            throw ValidationError("--replacement-health-delay: give 0 to 3600")
        }
        if let drainTimeout {
            guard let timeout = Duration(brief: drainTimeout), (.seconds(5) ... .seconds(172_800)).contains(timeout)
            else { throw ValidationError("--drain-timeout: give 5s to 48h, as in 90s or 15m") }
        }
    }

    private func validateDynamoDB() throws {
        switch (scenario, dynamodbEndpoint) {
        case (.replicas, nil):
            throw ValidationError(
                "--scenario replicas needs a DynamoDB for the table that both draind share: run scripts/demo --scenario "
                    + "replicas, which starts one, or give --dynamodb-endpoint http://HOST:PORT (moto, DynamoDB Local)")
        case (.replicas, let endpoint?):
            guard endpoint.wholeMatch(of: /https?:\/\/[^\/]+/) != nil else {
                throw ValidationError("--dynamodb-endpoint: give http://HOST:PORT")
            }
        case (_, nil): break
        case (_, _): throw ValidationError("--dynamodb-endpoint is for --scenario replicas only")
        }
    }

    private var instanceCount: Int { instances ?? (scenario == .replicas ? 12 : 7) }

    func run() async throws {
        let style = TextStyle(on: .standardError, noColor: noColor)
        let plot = plot
        let start = WorldTime(milliseconds: RealClock().milliseconds())
        let without = try compare(plot, startingAt: start, style: style)
        let http = CurlClient(userAgent: "Amazon Simple Notification Service Agent")
        defer { http.shutdown() }
        let account = try SimulatedAccount(try World(plot.account, startingAt: start), http: http)
        let report = try await withThrowingTaskGroup(of: DemoReport?.self) { group in
            defer { group.cancelAll() }
            let (origins, origin) = AsyncStream<String>.makeStream()
            group.addTask { try await Self.endOnSignal() }
            group.addTask {
                try await SimulatedAWSServer(account).run { origin.yield($0) }
                return nil
            }
            group.addTask {
                guard let endpoint = await origins.first(where: { _ in true }) else { throw CancellationError() }
                return try await drain(plot, on: account, at: endpoint, http: http, comparedWith: without)
            }
            // The first that ends decides: the drain with a report, or whatever went wrong.
            return try await group.next() ?? nil
        }
        guard let report else { throw DemoFailure("the simulated AWS ended by itself") }
        if !report.isGood { throw ExitCode.failure }
    }

    private var plot: DemoPlot {
        let timeout = drainTimeout.flatMap(Duration.init(brief:))
        var account = World.Scenario.demo(instances: instanceCount)
        account.replacementHealthDelay = .seconds(replacementHealthDelay)
        switch scenario {
        case .stuck:
            return .stuck(
                instances: instanceCount, replacementHealthDelay: .seconds(replacementHealthDelay),
                drainTimeout: timeout ?? .seconds(40))
        case .amiUpgrade: return .amiUpgrade(account, drainTimeout: timeout ?? .seconds(3600))
        case .replicas: return .replicas(account, drainTimeout: timeout ?? .seconds(3600))
        case .scaleIn:
            return .scaleIn(account, by: scaleIn, drainTimeout: timeout ?? .seconds(3600))
        }
    }

    private var store: DraindProcess.Store {
        guard let dynamodbEndpoint else { return .sqlite }
        return .dynamoDB(table: "drainctl-demo-\(UUID().uuidString.lowercased())", endpoint: dynamodbEndpoint)
    }

    /// First the same without draind, where that shows something.
    private func compare(
        _ plot: DemoPlot, startingAt start: WorldTime, style: TextStyle
    ) throws -> WithoutDraind? {
        if plot.scenario == .stuck {
            Console.say("\(style.bold("Stuck")): \(plot.summary).")
            return nil
        }
        Console.say("\(style.bold("1. Without draind")): \(plot.summary), and nobody moves the tasks first.")
        let without = try WithoutDraind(plot, startingAt: start)
        Console.say(without.text(style) + "\n")
        let second =
            plot.replicas > 1
            ? "\(style.bold("2. With two draind")) on one table: the same, and the one that decides is killed."
            : "\(style.bold("2. With draind")): the same, with a termination lifecycle hook that draind answers."
        Console.say(second)
        return without
    }

    /// Without it, draind would live on when this process is ended.
    private static func endOnSignal() async throws -> DemoReport? {
        for await signal in await UnixSignalsSequence.endings() {
            Console.say("ended by \(signal)")
            throw ExitCode(128 + signal.rawValue)
        }
        throw CancellationError()
    }

    private func drain(
        _ plot: DemoPlot, on account: SimulatedAccount, at endpoint: String, http: any HTTPClient,
        comparedWith without: WithoutDraind?
    ) async throws -> DemoReport {
        let topic = await account.change { $0.createTopic(named: "drain-hooks", signatureVersion: 2) }
        var replicas = DemoReplicas()
        var isGood = false
        defer { replicas.stop(keepingLogs: !isGood) }
        try await replicas.start(plot, aws: endpoint, topic: topic, store: store, http: http)
        try await account.protect(
            with: topic, notifying: replicas.notificationEndpoints, heartbeatTimeout: plot.heartbeatTimeout)
        Console.say("   AWS \(endpoint)\n" + replicas.guide.map { "   \($0)\n" }.joined())

        let report: DemoReport
        do {
            var run = DemoRun(plot, on: account, with: replicas, style: TextStyle(on: .standardError, noColor: noColor))
            report = try await run.report(comparedWith: without)
        } catch is DemoTimeout {
            Console.say("the drains did not finish in time")
            throw ExitCode.timedOut
        }
        isGood = report.isGood
        switch output {
        case .table: try Console.result(report.text(TextStyle(on: .standardOutput, noColor: noColor)))
        case .json: try Console.result(try report.json)
        }
        if keepRunning {
            let addresses = replicas.adminEndpoints.joined(separator: " and ")
            Console.say("\nStill running: AWS_ENDPOINT_URL=\(endpoint), draind \(addresses). Ctrl-C ends them.")
            try await ContinuousClock().sleep(for: .seconds(86_400))
        }
        return report
    }
}
