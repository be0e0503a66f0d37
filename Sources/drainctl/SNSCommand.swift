import ArgumentParser
import DrainModel
import DrainService
import Foundation
import HTTPTransport
import SNSIntake
import Synchronization

struct SNSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sns", abstract: "Looks at SNS messages.", subcommands: [SNSVerifyCommand.self])
}

/// `drainctl sns verify`: the code that guards draind's door, for a message in a file.
struct SNSVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Tells whether a saved SNS message is genuine.",
        discussion: """
            Prints "valid" and exits with 0, or the reason and exits with 3; with 65 when FILE is no SNS message or \
            the file of --certificate no certificate, and with 69 when the certificate could not be fetched.

            Without --certificate the signing certificate is fetched from where the message says, if that is where \
            AWS keeps them; AWS_CA_BUNDLE names the authorities to believe instead of the system's. Without --at the age \
            of the message is not judged. Without --topic any topic is believed.

            EXAMPLES
              drainctl sns verify message.json
              drainctl sns verify message.json \\
                --topic arn:aws:sns:eu-west-1:123456789012:drain-hooks
              drainctl sns verify message.json \\
                --certificate signer.pem --at 2024-03-23T03:26:43Z
              curl … | drainctl sns verify -
            """)

    @Argument(help: "The message as SNS posted it; - for standard input.") var file: String
    @Option(help: "The signing certificate, instead of fetching it.") var certificate: String?
    @Option(help: "When to judge the message, in RFC 3339: 2024-03-23T03:26:43Z.") var at: String?
    @Option(help: "The only topic to believe.") var topic: String?

    func validate() throws {
        if let at, Timestamp(rfc3339: at) == nil {
            throw ValidationError("--at: \(at) is not a time such as 2024-03-23T03:26:43Z")
        }
    }

    func run() async throws {
        let moment = at.flatMap { Timestamp(rfc3339: $0) }
        let body = try read(file)
        let pem = try certificate.map(readCertificate)
        let authorities = try authorities()
        let http = CurlClient(certificateAuthorities: authorities)
        defer { http.shutdown() }
        let fetcher = ExplainingFetcher(HTTPCertificateFetcher(http: http))
        let message: VerifiedMessage
        do throws(SNSRefusal) {
            if let pem {
                message = try await OfflineVerification.verify(body, certificate: pem, at: moment, topic: topic)
            } else {
                message = try await OfflineVerification.verify(body, fetcher: fetcher, at: moment, topic: topic)
            }
        } catch {
            try Console.result(error.reason)
            switch error.kind {
            case .unreadable: throw ExitCode.unreadableInput
            case .forbidden, .early: throw ExitCode.refused
            case .certificateAway:
                if let cause = fetcher.cause { Console.say(cause) }
                Console.say("Without a way to AWS, give a copy of the certificate: use --certificate FILE")
                throw ExitCode.unreachable
            }
        }
        try Console.result("valid")
        Console.say("\(message.topicARN), sent at \(message.timestamp.rfc3339): \(describe(message.content))")
    }

    private func authorities() throws -> String? {
        do throws(SettingsError) {
            return try AuthorityBundle.path(in: ProcessInfo.processInfo.environment)
        } catch {
            Console.say("drainctl: \(error)")
            throw ExitCode.badConfiguration
        }
    }

    private func readCertificate(_ path: String) throws -> [UInt8] {
        let pem = try read(path)
        guard OfflineVerification.isCertificate(pem) else {
            Console.say("\(path): no PEM certificate in it")
            throw ExitCode.unreadableInput
        }
        return pem
    }

    private func read(_ path: String) throws -> [UInt8] {
        if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let data = FileManager.default.contents(atPath: path) else {
            Console.say("\(path) cannot be read")
            throw ExitCode.unreadableInput
        }
        return Array(data)
    }

    private func describe(_ content: VerifiedMessage.Content) -> String {
        switch content {
        case .notification(.lifecycleAction(let action)):
            "a \(action.transition.rawValue) lifecycle action of \(action.autoScalingGroup) for \(action.instance)"
        case .notification(.spotInterruption(let instance, let warnedAt)):
            "the warning of \(warnedAt.rfc3339) that EC2 takes the Spot instance \(instance) back"
        case .notification(.rebalanceRecommendation(let instance, _)): "a rebalance recommendation for \(instance)"
        case .notification(.hint): "a hint that something has changed at ECS or EC2"
        case .notification(.stackRequest(let request)):
            "CloudFormation's request to \(request.requestType.rawValue.lowercased()) a \(request.resourceType)"
        case .notification(.testNotification(let group)): "the test notification of \(group)"
        case .notification(.unrelated(let summary)): summary
        case .subscriptionConfirmation: "a subscription confirmation"
        case .unsubscribeConfirmation: "an unsubscribe confirmation"
        }
    }
}

/// Remembers why a certificate could not be fetched: the door tells strangers nothing, a person at a terminal wants to
/// know.
private final class ExplainingFetcher: CertificateFetcher {
    private let fetcher: HTTPCertificateFetcher
    private let failure = Mutex<String?>(nil)

    init(_ fetcher: HTTPCertificateFetcher) { self.fetcher = fetcher }

    var cause: String? { failure.withLock { $0 } }

    func fetch(_ url: SigningCertificateURL) async throws -> [UInt8] {
        do {
            return try await fetcher.fetch(url)
        } catch {
            failure.withLock { $0 = "\(error)" }
            throw error
        }
    }
}
