import ArgumentParser
import Foundation
import HTTPEndpoint
import HTTPTransport
import SimulatedAWS
import SimulatedWorld
import UnixSignals

/// `drainctl demo`: the main job on a simulated account, with a real draind.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows within a minute what draind is for, on a simulated AWS account.",
        discussion: """
            First the same scale-in without draind, in simulated time: what is killed, what is lost. Then with it: a \
            real draind process receives the signed hooks over HTTP from a simulated account and drains. Progress is \
            on standard error, the result on standard output; the exit code is 0 when every instance was drained \
            before it ended and no service ran below its minimum, 1 when not, 2 when it took too long. Ctrl-C ends \
            everything that it started.

            EXAMPLES
              drainctl demo
              drainctl demo --instances 30 --scale-in 20
              drainctl demo --replacement-health-delay 60   replacements take a minute to become healthy
              drainctl demo --output json | jq .drains
            """)

    enum Scenario: String, ExpressibleByArgument, CaseIterable {
        case scaleIn = "scale-in"
    }

    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(help: "What happens to the account.") var scenario = Scenario.scaleIn
    @Option(help: "How many instances the group has.") var instances = 7
    @Option(help: "By how many instances it is scaled in.") var scaleIn = 2
    @Option(help: "Seconds that a replacement takes longer than usual to become healthy.") var replacementHealthDelay =
        0
    @Flag(help: "Leave the simulated account and draind running at the end, until Ctrl-C.") var keepRunning = false
    @Option(help: "The result as a table or as one JSON object.") var output = Output.table

    func validate() throws {
        guard (2...200).contains(instances) else { throw ValidationError("--instances: give 2 to 200") }
        guard (1..<instances).contains(scaleIn) else { throw ValidationError("--scale-in: give 1 to \(instances - 1)") }
        guard (0...3600).contains(replacementHealthDelay) else {
            throw ValidationError("--replacement-health-delay: give 0 to 3600")
        }
    }

    func run() async throws {
        var plan = World.Scenario.demo(instances: instances)
        plan.replacementHealthDelay = .seconds(replacementHealthDelay)
        let start = WorldTime(milliseconds: RealClock().milliseconds())

        Console.say(
            Console.bold("1. Without draind") + ": the group scales in by \(scaleIn), and nobody moves the tasks first."
        )
        let without = try WithoutDraind.scaleIn(plan, by: scaleIn, startingAt: start)
        Console.say(without.text + "\n")

        Console.say(
            Console.bold("2. With draind") + ": the same, with a termination lifecycle hook that draind answers.")
        let http = CurlClient(userAgent: "Amazon Simple Notification Service Agent")
        defer { http.shutdown() }
        let account = try SimulatedAccount(try World(plan, startingAt: start), http: http)
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
                return try await drain(on: account, endpoint: endpoint, http: http, without: without)
            }
            // The first that ends decides: the drain with a report, or whatever went wrong.
            return try await group.next() ?? nil
        }
        guard let report else { throw DemoFailure("the simulated AWS ended by itself") }
        if !report.isGood { throw ExitCode.failure }
    }

    /// Without it, draind would live on when this process is ended.
    private static func endOnSignal() async throws -> DemoReport? {
        for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
            Console.say("ended by \(signal)")
            throw ExitCode(128 + signal.rawValue)
        }
        throw CancellationError()
    }

    private func drain(
        on account: SimulatedAccount, endpoint: String, http: any HTTPClient, without: WithoutDraind
    ) async throws -> DemoReport {
        let topic = await account.change { $0.createTopic(named: "drain-hooks", signatureVersion: 2) }
        let draind = try DraindProcess(awsEndpoint: endpoint, topic: topic, http: http)
        defer { draind.stop() }
        try await draind.waitUntilReady()
        try await account.protect(with: topic, notifying: draind.notificationEndpoint)
        Console.say("   AWS \(endpoint)   draind \(draind.adminEndpoint)/v1/drains   log \(draind.logPath)\n")

        let group = "demo-asg"
        let capacity = instances - scaleIn
        try await account.change { world throws(World.Failure) in
            world.markTruth()
            try world.setDesiredCapacity(capacity, ofGroup: group)
        }
        let drains = try await watch(draind)
        try await account.waitUntilTerminated(instances: scaleIn)
        let report = DemoReport(drains: drains, world: await account.state(), without: without)
        switch output {
        case .table: Console.result(report.text)
        case .json: Console.result(try report.json)
        }
        if keepRunning {
            Console.say(
                "\nStill running: AWS_ENDPOINT_URL=\(endpoint), draind \(draind.adminEndpoint). Ctrl-C ends both.")
            try await ContinuousClock().sleep(for: .seconds(86_400))
        }
        return report
    }

    /// Shows what the drains wait for until all are finished.
    private func watch(_ draind: DraindProcess) async throws -> [DrainJSON] {
        // Auto Scaling's own limit of these hooks, and with it the longest that a drain can last.
        let deadline = ContinuousClock.now + .seconds(3000)
        var display = DemoDisplay()
        while ContinuousClock.now < deadline {
            let drains = try await draind.drains()
            display.show(drains)
            if drains.count == scaleIn, drains.allSatisfy({ $0.outcome != nil }) { return drains }
            guard draind.isRunning else { throw DemoFailure("draind ended by itself; its log is \(draind.logPath)") }
            try await ContinuousClock().sleep(for: .milliseconds(500))
        }
        Console.say("the drains did not finish in time; draind's log is \(draind.logPath)")
        throw ExitCode.timedOut
    }
}

/// Why the demo could not go on.
struct DemoFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
