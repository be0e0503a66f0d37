import ArgumentParser
import DrainService
import Foundation
import HTTPEndpoint
import HTTPTransport
import SimulatedAWS
import SimulatedWorld
import UnixSignals

/// `drainctl simulate`: the simulated AWS alone.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Serves a simulated AWS account, for anyone's client.",
        discussion: """
            An ECS cluster "demo" on an Auto Scaling group "demo-asg", with services behind a target group, \
            Auto Scaling hooks, and SNS that signs and delivers. Any credentials will do. GET /_sim/state shows \
            everything as it really is. POST /_sim/send-events with {"topicArn": "…"} has ECS's events sent to that \
            topic, as a rule of EventBridge would.

            With --speed, what the account does (booting, health checks, Auto Scaling's timeouts, SNS's retries) goes \
            faster, but its clients do not: at --speed 10 a hook with a heartbeat timeout of 300 s is given up after \
            30 s, before draind has sent its first heartbeat. Give hooks a timeout (at most 7200 s) of which enough \
            is left when it is divided by the speed. SNS messages are stamped with the real time.

            EXAMPLES (in a terminal of its own, then in another)
              drainctl simulate --listen 127.0.0.1:4566
              export AWS_ENDPOINT_URL=http://127.0.0.1:4566
              export AWS_DEFAULT_REGION=eu-west-1
              export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
              aws ecs list-tasks --cluster demo
              curl -X POST http://127.0.0.1:4566/_sim/scale-in \\
                -d '{"group": "demo-asg", "count": 2}'
            It prints these for where it listens, and how to set draind to work on it. Ctrl-C ends it.
            """)

    @Option(help: "Where to listen; port 0 for any that is free.") var listen = "127.0.0.1:4566"
    @Option(
        help: ArgumentHelp(
            "Where others find it, for the links in SNS messages; without it, where it listens.",
            valueName: "http://host:port")) var origin: String?
    @Option(help: "How many instances the group has.") var instances = 7
    @Option(help: "How many services the cluster runs.") var services = 3
    @Option(help: "Seconds of simulated time in one second; see above for what that does to timeouts.") var speed = 1.0
    @Option(help: "Seconds that a new task takes longer than usual to become healthy.") var replacementHealthDelay = 0
    @Option(help: "The most entries in one page of a list; without it AWS's own numbers.") var pageSize: Int?
    @Option(help: "Milliseconds that every call takes, half of them between its effect and its answer.") var latency = 0
    @Option(help: "Random numbers follow from this: the same seed, the same ids.") var seed: UInt64 = 1

    func validate() throws {
        guard ListenAddress(listen) != nil else { throw ValidationError("--listen: give HOST:PORT") }
        guard origin?.hasPrefix("http://") ?? true, origin?.hasSuffix("/") != true else {
            throw ValidationError("--origin: give http://HOST:PORT")
        }
        guard (1...1000).contains(instances) else { throw ValidationError("--instances: give 1 to 1000") }
        guard (1...100).contains(services) else { throw ValidationError("--services: give 1 to 100") }
        guard speed > 0, speed <= 1000 else { throw ValidationError("--speed: give more than 0, up to 1000") }
        guard replacementHealthDelay >= 0 else { throw ValidationError("--replacement-health-delay: give 0 or more") }
        guard latency >= 0 else { throw ValidationError("--latency: give 0 or more") }
        guard pageSize ?? 1 > 0 else { throw ValidationError("--page-size: give 1 or more") }
    }

    func run() async throws {
        guard let address = ListenAddress(listen) else { throw ExitCode.validationFailure }
        var scenario = World.Scenario.demo(instances: instances, services: services)
        scenario.seed = seed
        scenario.replacementHealthDelay = .seconds(replacementHealthDelay)
        // However fast the account lives, an endpoint has AWS's 15 s to answer.
        scenario.timings.deliverySilence = scenario.timings.deliverySilence * Int64(speed.rounded(.up))
        var options = SimulatedAWSServer.Options()
        options.pageCap = pageSize
        options.latency = .milliseconds(latency)
        options.origin = origin
        let http = CurlClient(userAgent: "Amazon Simple Notification Service Agent")
        let clock = RealClock()
        let account = try SimulatedAccount(
            World(scenario, startingAt: WorldTime(milliseconds: clock.milliseconds())), speed: speed, clock: clock,
            http: http)
        let server = SimulatedAWSServer(account, host: address.host, port: address.port, options: options)
        let draind = Self.draind
        try await withThrowingTaskGroup(of: Void.self) { [scenario] group in
            defer { group.cancelAll() }
            group.addTask { for await _ in await UnixSignalsSequence.endings() { return } }
            group.addTask {
                do {
                    try await server.run { origin in
                        Console.say(SimulateGuide(origin: origin, scenario: scenario, draind: draind).text)
                    }
                } catch {
                    guard let reason = ListenError(error, at: address) else { throw error }
                    Console.say("drainctl simulate: \(reason) with --listen")
                    throw ExitCode.failure
                }
            }
            try await group.next()
        }
    }

    /// It lies beside drainctl, wherever that was called from.
    private static var draind: String {
        let called = CommandLine.arguments.first ?? "drainctl"
        return called.lastIndex(of: "/").map { called[...$0] + "draind" } ?? "draind"
    }
}
