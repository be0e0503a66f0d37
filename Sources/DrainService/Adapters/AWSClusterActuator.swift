import AWSClient
import DrainEngine
import DrainModel
import Logging
import Synchronization

/// Acts on AWS: the one place where our calls become AWS's. Each is sent once; the engine decides what is sent again.
struct AWSClusterActuator: ClusterActuator {
    private let ecs: ECS
    private let autoScaling: AutoScaling

    /// Auto Scaling's clock runs, for as little as 30 seconds: a call that hangs must leave time for another.
    private static let timeLimit = Duration.seconds(5)

    init(caller: any AWSCaller) {
        let caller = caller.with(attempts: 1, timeLimit: Self.timeLimit)
        ecs = ECS(caller)
        autoScaling = AutoScaling(caller)
    }

    func perform(_ calls: [Call]) async -> [Call: CallAnswer] {
        do {
            let refusals = try await make(calls)
            return Dictionary(
                calls.map { call in
                    (call, call.containerInstance.flatMap { refusals[$0] }.map { .notFound($0) } ?? .done)
                }
            ) { first, _ in first }
        } catch {
            let answer = CallAnswer(error)
            return Dictionary(calls.map { ($0, answer) }) { first, _ in first }
        }
    }

    /// - Returns: by container instance, why AWS did not change it.
    private func make(_ calls: [Call]) async throws(AWSError) -> [String: String] {
        switch calls.first {
        case .setDraining(_, let location):
            return try await ecs.updateContainerInstancesState(
                cluster: location.cluster.rawValue, calls.containerInstances, to: .draining)
        case .setActive(_, let location):
            return try await ecs.updateContainerInstancesState(
                cluster: location.cluster.rawValue, calls.containerInstances, to: .active)
        case .deregister(_, let location):
            try await ecs.deregisterContainerInstance(
                cluster: location.cluster.rawValue, location.containerInstance.rawValue, force: true)
        case .stopTask(_, let cluster, let task):
            try await ecs.stopTask(
                cluster: cluster.rawValue, task: task.rawValue, reason: "draind: the instance is about to end")
        case .recordHeartbeat(_, let action):
            try await autoScaling.recordLifecycleActionHeartbeat(
                group: action.autoScalingGroup.rawValue, hook: action.lifecycleHook.rawValue,
                token: action.token?.rawValue, instanceID: action.instance.rawValue)
        case .complete(_, let action, let result):
            try await autoScaling.completeLifecycleAction(
                group: action.autoScalingGroup.rawValue, hook: action.lifecycleHook.rawValue,
                result: result == .continue ? .continue : .abandon, token: action.token?.rawValue,
                instanceID: action.instance.rawValue)
        case nil: break
        }
        return [:]
    }
}

extension CallAnswer {
    fileprivate init(_ error: AWSError) {
        if error.isNoActiveLifecycleAction {
            self = .noActiveAction
        } else if error.mayHaveBeenReceived {
            self = .unanswered(error.description)
        } else if error.isAboutNothing {
            self = .notFound(error.description)
        } else {
            self = .refused(error.description, isThrottling: error.isThrottling)
        }
    }
}

extension AWSError {
    /// Whether what it was about is not there (any more), as ECS says it.
    fileprivate var isAboutNothing: Bool {
        guard case .refused(let code, _, _, _) = reason else { return false }
        return service == .ecs && ["InvalidParameterException", "ClusterNotFoundException"].contains(code)
    }
}

extension [Call] {
    /// Each once: two drains may be about one, for two hooks.
    fileprivate var containerInstances: [String] { Set(compactMap(\.containerInstance)).sorted() }
}

extension Call {
    fileprivate var containerInstance: String? {
        switch self {
        case .setDraining(_, let location), .setActive(_, let location): location.containerInstance.rawValue
        case .deregister, .stopTask, .recordHeartbeat, .complete: nil
        }
    }
}

/// Changes nothing, and says what it would have done: of each call once, however often it comes up again.
final class DryRunActuator: ClusterActuator {
    private let logger: Logger
    private let told = Mutex<Set<Call>>([])

    init(logger: Logger) { self.logger = logger }

    func perform(_ calls: [Call]) async -> [Call: CallAnswer] {
        for call in calls where told.withLock({ $0.insert(call).inserted }) {
            logger.notice("dry run: not calling \(call.operation)", metadata: ["drain": "\(call.drain)"])
        }
        return Dictionary(calls.map { ($0, CallAnswer.withheld) }) { first, _ in first }
    }
}
