import AWSClient
import DrainEngine
import DrainModel
import Logging

/// Acts on AWS: the one place where our calls become AWS's.
struct AWSClusterActuator: ClusterActuator {
    private let ecs: ECS
    private let autoScaling: AutoScaling

    init(caller: any AWSCaller) {
        ecs = ECS(caller)
        autoScaling = AutoScaling(caller)
    }

    func perform(_ calls: [Call]) async -> [Call: CallAnswer] {
        let answer = await answer(to: calls)
        return Dictionary(calls.map { ($0, answer) }) { first, _ in first }
    }

    private func answer(to calls: [Call]) async -> CallAnswer {
        do throws(AWSError) {
            switch calls.first {
            case .setDraining(_, let location):
                _ = try await ecs.updateContainerInstancesState(
                    cluster: location.cluster.rawValue, calls.compactMap(\.containerInstance), to: .draining)
            case .stopTask(_, let cluster, let task):
                _ = try await ecs.stopTask(
                    cluster: cluster.rawValue, task: task.rawValue, reason: "draind: the instance is about to end")
            case .recordHeartbeat(_, let action):
                try await withToken(of: action) { token throws(AWSError) in
                    try await autoScaling.recordLifecycleActionHeartbeat(
                        group: action.autoScalingGroup.rawValue, hook: action.lifecycleHook.rawValue, token: token,
                        instanceID: action.instance.rawValue)
                }
            case .complete(_, let action, let result):
                try await withToken(of: action) { token throws(AWSError) in
                    try await autoScaling.completeLifecycleAction(
                        group: action.autoScalingGroup.rawValue, hook: action.lifecycleHook.rawValue,
                        result: result == .continue ? .continue : .abandon, token: token,
                        instanceID: action.instance.rawValue)
                }
            case nil: break
            }
            return .done
        } catch {
            return error.isNoActiveLifecycleAction ? .noActiveAction : .failed(error.description)
        }
    }

    /// By token first. A notification that was delivered again may carry an older one than Auto Scaling waits with;
    /// then the instance alone says which action is meant.
    private func withToken(
        of action: LifecycleAction, _ call: (String?) async throws(AWSError) -> Void
    ) async throws(AWSError) {
        do {
            try await call(action.token.rawValue)
        } catch  where error.isNoActiveLifecycleAction {
            try await call(nil)
        }
    }
}

extension Call {
    fileprivate var containerInstance: String? {
        if case .setDraining(_, let location) = self { location.containerInstance.rawValue } else { nil }
    }
}

/// Changes nothing, and says what it would have done.
struct DryRunActuator: ClusterActuator {
    let logger: Logger

    func perform(_ calls: [Call]) async -> [Call: CallAnswer] {
        for call in calls {
            logger.notice("dry run: not calling \(call.operation)", metadata: ["drain": "\(call.drain)"])
        }
        return Dictionary(calls.map { ($0, CallAnswer.done) }) { first, _ in first }
    }
}
