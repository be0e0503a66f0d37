@testable import SimulatedWorld

/// A drainer of a few lines that judges by what ECS and the load balancers show, in one look, at no cost: the second
/// opinion on the world's own judge.
struct Drainer {
    private(set) var completed = 0
    private var services: [World.LifecycleAction.ID: Set<World.Service.ID>] = [:]
    private var onlyDaemonsSince: [World.LifecycleAction.ID: WorldTime] = [:]

    mutating func look(_ world: inout World) {
        for action in world.lifecycleActions
        where action.completion == nil && action.transition == .terminating && action.hook == World.hook {
            for host in world[action.instance].containerInstances where world[host].status == .active {
                _ = try? world.updateContainerInstancesState(
                    [world[host].arn], cluster: World.cluster, status: .draining)
            }
            guard isDrained(action, in: world), (try? world.complete(action)) != nil else { continue }
            completed += 1
        }
    }

    private mutating func isDrained(_ action: World.LifecycleAction, in world: World) -> Bool {
        let tasks = world[action.instance].containerInstances.flatMap { world.tasks(on: world[$0]) }
        let replicas = tasks.compactMap(\.service).filter { world[$0].schedulingStrategy == .replica }
        services[action.id, default: []].formUnion(replicas)
        let live = tasks.filter { $0.lastStatus != .stopped }
        let isLeftToDaemons = live.allSatisfy { task in
            task.service.map { world[$0].schedulingStrategy == .daemon } ?? false
        }
        guard isLeftToDaemons else {
            onlyDaemonsSince[action.id] = nil
            return false
        }
        let since = onlyDaemonsSince[action.id] ?? world.now
        onlyDaemonsSince[action.id] = since
        guard live.isEmpty || world.now - since >= .seconds(120) else { return false }
        return services[action.id, default: []].allSatisfy {
            isSettled(world[$0], without: action.instanceID, in: world)
        }
    }

    private func isSettled(_ service: World.Service, without instanceID: String, in world: World) -> Bool {
        let healthy = world.tasks(of: service).count { task in
            world[task.containerInstance].ec2InstanceID != instanceID && task.desiredStatus == .running
                && task.lastStatus == .running && (!task.isHealthChecked || task.healthStatus == .healthy)
        }
        guard healthy >= service.desiredCount else { return false }
        for arn in service.targetGroupARNs {
            let targets = (try? world.targetGroup(arn).targets) ?? []
            let elsewhere = targets.count { $0.instanceID != instanceID && $0.state == .healthy }
            let isDraining = targets.contains { $0.instanceID == instanceID && $0.state == .draining }
            if elsewhere < service.desiredCount || isDraining { return false }
        }
        for name in service.loadBalancerNames {
            let instances = (try? world.describeInstanceHealth(loadBalancer: name)) ?? []
            let (own, others) = (
                instances.filter { $0.instanceID == instanceID }, instances.filter { $0.instanceID != instanceID }
            )
            let elsewhere = others.count { $0.state == .inService && $0.description == "N/A" }
            let isDraining = own.contains { $0.description.contains("deregistration") }
            if elsewhere < service.desiredCount || isDraining { return false }
        }
        return true
    }
}
