import DrainModel
import SimulatedWorld

/// Carries the engine's calls out in a world, as the adapters carry them out at AWS.
enum WorldActor {
    static func perform(_ call: Call, in world: inout World) -> CallAnswer {
        do throws(World.Failure) {
            switch call {
            case .setDraining(_, let location): return try setState(.draining, of: location, in: &world)
            case .setActive(_, let location): return try setState(.active, of: location, in: &world)
            case .deregister(_, let location):
                try world.deregisterContainerInstance(
                    location.containerInstance.rawValue, cluster: location.cluster.rawValue, force: true)
            case .stopTask(_, let cluster, let task):
                try world.stopTask(task.rawValue, cluster: cluster.rawValue, reason: "draind")
            case .recordHeartbeat(_, let action):
                try world.recordLifecycleActionHeartbeat(
                    group: action.autoScalingGroup.rawValue, hook: action.lifecycleHook.rawValue,
                    token: action.token?.rawValue, instanceID: action.instance.rawValue)
            case .complete(_, let action, let result):
                try world.completeLifecycleAction(
                    group: action.autoScalingGroup.rawValue, hook: action.lifecycleHook.rawValue,
                    result: result == .continue ? .continue : .abandon, token: action.token?.rawValue,
                    instanceID: action.instance.rawValue)
            }
            return .done
        } catch {
            if error.message.hasPrefix("No active Lifecycle Action found") { return .noActiveAction }
            return ["InvalidParameterException", "ClusterNotFoundException"].contains(error.code)
                ? .notFound("\(error.code): \(error.message)") : .refused("\(error.code): \(error.message)")
        }
    }

    private static func setState(
        _ status: World.ContainerInstance.Status, of location: Drain.Location, in world: inout World
    ) throws(World.Failure) -> CallAnswer {
        let (_, failures) = try world.updateContainerInstancesState(
            [location.containerInstance.rawValue], cluster: location.cluster.rawValue, status: status)
        return failures.first.map { .notFound($0.reason) } ?? .done
    }
}
