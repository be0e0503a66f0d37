import ArgumentParser
import DrainService

/// The command line for people; one file a verb.
@main
struct Drainctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drainctl",
        abstract: "Tries out, inspects and helps draind, the drain controller for Amazon ECS on EC2.",
        discussion: """
            EXAMPLES
              drainctl demo                     what draind is for, on a simulated account
              drainctl simulate                 a simulated AWS account for any client
              drainctl sns verify message.json  is this saved SNS message genuine?

            Not in this version yet: \(plannedVerbs.joined(separator: ", ")).

            Exit codes: 0 done, 1 failed, 2 timed out before done, 3 refused (forged, not allowed), 64 wrong usage, \
            65 unreadable input, 69 AWS or draind not reachable, 78 bad configuration.
            """,
        version: DraindService.version,
        subcommands: [DemoCommand.self, SimulateCommand.self, SNSCommand.self, VersionCommand.self])

    /// Promised, and not made yet: whoever asks for one is told so, rather than that it is a mistake.
    private static let plannedVerbs = [
        "drain", "list", "show", "watch", "explain", "cancel", "complete", "activate", "uncordon", "doctor", "hook",
        "ready", "notify", "completion",
    ]

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let verb = arguments.first, plannedVerbs.contains(verb) {
            Console.say(
                "drainctl \(verb) is not available in this version; GET /v1/drains of draind's admin listener tells what "
                    + "drains, and takes orders (see README)")
            exit(withError: ExitCode.validationFailure)
        }
        await main(arguments)
    }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Says which version this is.")

    func run() throws { try Console.result("drainctl \(DraindService.version)") }
}

/// Exit codes as contract with scripts, beside ArgumentParser's own 64 for wrong usage.
extension ExitCode {
    static let timedOut = ExitCode(2)
    static let refused = ExitCode(3)
    static let unreadableInput = ExitCode(65)
    static let unreachable = ExitCode(69)
    static let badConfiguration = ExitCode(78)
}
