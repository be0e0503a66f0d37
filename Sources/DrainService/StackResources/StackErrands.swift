import AWSClient
import DrainModel
import HTTPTransport

/// What custom resources need of AWS, and CloudFormation's answers: the one place where they become calls. Each is made
/// once; the record says what is tried again.
struct StackErrands: Sendable {
    private let autoScaling: AutoScaling
    private let ecs: ECS
    private let http: any HTTPClient

    /// Short enough that what is in hand is finished in a shutdown.
    private static let timeLimit = Duration.seconds(5)

    init(caller: any AWSCaller, http: any HTTPClient) {
        let caller = caller.with(attempts: 1, timeLimit: Self.timeLimit)
        autoScaling = AutoScaling(caller)
        ecs = ECS(caller)
        self.http = http
    }

    func put(_ address: HookAddress, _ settings: HookSettings) async -> StackRequestMachine.Reply {
        do throws(AWSError) {
            try await autoScaling.putLifecycleHook(
                group: address.group.rawValue, hook: address.hook.rawValue, AutoScaling.LifecycleHookSettings(settings))
            return .done
        } catch {
            return StackRequestMachine.Reply(error)
        }
    }

    /// A hook that is not there (any more) is as good as deleted, and so is one of a group that is gone.
    func delete(_ address: HookAddress) async -> StackRequestMachine.Reply {
        do throws(AWSError) {
            try await autoScaling.deleteLifecycleHook(group: address.group.rawValue, hook: address.hook.rawValue)
            return .done
        } catch {
            return error.isNoLifecycleHook ? .done : StackRequestMachine.Reply(error)
        }
    }

    // MARK: Instances

    /// The instances that are there, and not about to end anyway. What does not exist has none.
    func members(of target: DrainTarget) async throws(AWSError) -> [InstanceID] {
        switch target {
        case .autoScalingGroup(let name): try await members(ofGroup: name.rawValue)
        case .cluster(let name): try await members(ofCluster: name.rawValue)
        }
    }

    /// Nobody holds these up any more.
    private static let isEnding: Set<String> = [
        "Terminating", "Terminating:Proceed", "Terminated", "Detaching", "Detached",
    ]

    private func members(ofGroup name: String) async throws(AWSError) -> [InstanceID] {
        let instances = try await autoScaling.describeAutoScalingGroups([name]).items.flatMap(\.instances)
        return instances.filter { !Self.isEnding.contains($0.lifecycleState) }.map { InstanceID($0.id) }
    }

    private func members(ofCluster name: String) async throws(AWSError) -> [InstanceID] {
        var found: [InstanceID] = []
        var next: String?
        do throws(AWSError) {
            repeat {
                // As many as are described at once.
                let page = try await ecs.listContainerInstances(cluster: name, page: next)
                next = page.nextToken
                guard !page.items.isEmpty else { continue }
                let hosts = try await ecs.describeContainerInstances(cluster: name, page.items).found
                found += hosts.compactMap(\.ec2InstanceId).filter { $0.hasPrefix("i-") }.map { InstanceID($0) }
            } while next != nil
        } catch {
            guard case .refused("ClusterNotFoundException", _, _, _) = error.reason else { throw error }
            return []
        }
        return found
    }

    // MARK: The answer

    /// Puts an answer where CloudFormation looks for it. The URL was signed for a request without a Content-Type.
    ///
    /// - Returns: why it was not taken; nil when it was.
    func send(_ answer: StackAnswer, to url: String) async -> String? {
        do throws(HTTPTransportError) {
            let response = try await http.send(
                HTTPRequest(
                    method: "PUT", url: url, headers: [("Content-Type", "")], body: Array(answer.body.utf8),
                    timeout: .seconds(8), connectTimeout: .seconds(4), maximumResponseBytes: 64 << 10))
            return (200..<300).contains(response.status) ? nil : "HTTP \(response.status)"
        } catch {
            return error.description
        }
    }
}

extension StackRequestMachine.Reply {
    init(_ error: AWSError) {
        if case .refused(_, _, 400..<500, _) = error.reason, !error.isThrottling {
            self = .refused(error.description)
        } else {
            self = .unanswered(error.description)
        }
    }
}

extension AutoScaling.LifecycleHookSettings {
    init(_ settings: HookSettings) {
        let isLaunching = settings.transition == .launching
        self.init(
            transition: "autoscaling:EC2_INSTANCE_\(isLaunching ? "LAUNCHING" : "TERMINATING")",
            heartbeatTimeout: settings.heartbeatTimeoutSeconds, defaultResult: settings.defaultResult.rawValue,
            // Where there is none, one that was set before is taken away.
            notificationTargetARN: settings.notificationTargetARN ?? "", roleARN: settings.roleARN,
            notificationMetadata: settings.notificationMetadata)
    }
}
