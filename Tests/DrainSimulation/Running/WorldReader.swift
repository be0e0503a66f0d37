import DrainEngine
import DrainModel
import SimulatedWorld

/// Answers the engine's reads from a world, as the adapters answer them from AWS.
struct WorldReader {
    let pageSize: Int

    func answer(to read: Read, from world: World) -> ReadAnswer {
        do throws(World.Failure) {
            switch read {
            case .listClusters(let page):
                let (names, next) = pages(world.clusters.indices.map { $0 }, after: page) { $0 }
                return .clusters(names.map { ClusterName(world.clusters[$0].name) }, next: next)
            case .describeClusters(let names):
                let clusters = names.compactMap { try? world.cluster($0.rawValue) }
                return .capacityProviders(
                    Dictionary(
                        clusters.map { (ClusterName($0.name), world.capacityProviders(of: $0).keys.sorted()) }
                    ) { first, _ in first })
            case .describeCapacityProviders(let names, let page):
                let providers = world.capacityProviders().filter { names.contains($0.key) }.sorted { $0.key < $1.key }
                let (found, next) = pages(Array(providers.indices), after: page) { $0 }
                let groups = found.map { (providers[$0].key, AutoScalingGroupName(providers[$0].value.name)) }
                return .providedGroups(Dictionary(groups) { first, _ in first }, next: next)
            case .listContainerInstances(let cluster, let instances, let page):
                let wanted = Set(instances.map(\.rawValue))
                let hosts = world.containerInstances(in: try world.cluster(cluster.rawValue))
                    .filter { $0.status != .inactive && wanted.contains($0.ec2InstanceID) }
                let (found, next) = pages(hosts, after: page, by: \.id.number)
                return .containerInstanceARNs(found.map { ContainerInstanceARN($0.arn) }, next: next)
            case .describeContainerInstances(let cluster, let arns):
                let place = try world.cluster(cluster.rawValue)
                return .containerInstances(
                    arns.compactMap { world.containerInstance($0.rawValue, in: place).map(observed) })
            case .listTasks(let cluster, let owner, let status, let page):
                return try listTasks(of: owner, in: cluster, status, after: page, from: world)
            case .describeTasks(let cluster, let arns): return try describe(arns, in: cluster, from: world)
            case .describeServices(let cluster, let names):
                let place = try world.cluster(cluster.rawValue)
                return .services(names.compactMap { world.service($0.rawValue, in: place).map(observed) })
            case .describeTaskDefinition(let name):
                return .taskDefinition(hasHealthCheck: try world.taskDefinition(name).healthyAfter != nil)
            case .getTaskProtection(let cluster, let tasks):
                let (protections, _) = try world.getTaskProtection(tasks.map(\.rawValue), cluster: cluster.rawValue)
                let isOn = protections.filter(\.isEnabled).compactMap { protection in
                    protection.expiresAt.map { (TaskARN(protection.taskARN), Timestamp($0)) }
                }
                return .protectedTasks(Dictionary(isOn) { first, _ in first })
            case .describeInstances(let instances, let page):
                let (found, next) = pages(
                    world.describeInstances(instances.map(\.rawValue)), after: page, by: \.id.number)
                let states = found.map { (InstanceID($0.instanceID), $0.ec2State.rawValue) }
                return .machines(Dictionary(states) { first, _ in first }, next: next)
            case .describeTargetHealth(let arn):
                return .targets(
                    (try? world.targetGroup(arn.rawValue))?.targets.map { target in
                        .init(id: target.instanceID, port: target.port, state: target.state.rawValue)
                    })
            case .describeInstanceHealth(let name):
                // One that does not exist has none.
                let states = ((try? world.describeInstanceHealth(loadBalancer: name)) ?? []).map { health in
                    // AWS says InService of an instance whose connections drain, and only here that it leaves.
                    let isLeaving = health.description == "Instance deregistration currently in progress."
                    return (InstanceID(health.instanceID), isLeaving ? "draining" : health.state.rawValue)
                }
                return .instanceStates(Dictionary(states) { first, _ in first })
            case .describeLifecycleHooks(let group):
                return .lifecycleHooks(try world.autoScalingGroup(named: group.rawValue).hooks.map(observed))
            case .describeAutoScalingGroups(let names, let page):
                let groups = world.autoScalingGroups.indices.filter { index in
                    names.isEmpty || names.contains(AutoScalingGroupName(world.autoScalingGroups[index].name))
                }
                let (found, next) = pages(groups, after: page) { $0 }
                return .autoScalingGroups(found.map { observed(world.autoScalingGroups[$0], in: world) }, next: next)
            case .describeWarmPool(let group, let page):
                let members = world.warmPoolMembers(ofGroup: try world.autoScalingGroup(named: group.rawValue).name)
                let (found, next) = pages(members, after: page, by: \.id.number)
                let waits = found.compactMap { instance in
                    poolWait(instance).map { (InstanceID(instance.instanceID), $0) }
                }
                return .warmPool(Dictionary(waits) { first, _ in first }, next: next)
            }
        } catch {
            return .failed(ReadFailure("\(error.code): \(error.message)", isNotFound: true))
        }
    }

    private func listTasks(
        of owner: Read.TaskOwner, in cluster: ClusterName, _ status: Read.DesiredStatus, after page: Read.PageToken?,
        from world: World
    ) throws(World.Failure) -> ReadAnswer {
        let place = try world.cluster(cluster.rawValue)
        let owned: [World.Task] =
            switch owner {
            case .containerInstance(let arn):
                world.containerInstance(arn.rawValue, in: place).map { world.tasks(on: $0) } ?? []
            case .service(let name): world.service(name.rawValue, in: place).map { world.tasks(of: $0) } ?? []
            }
        let (found, next) = pages(
            owned.filter { $0.desiredStatus.rawValue == status.rawValue }, after: page, by: \.id.number)
        return .taskARNs(found.map { TaskARN($0.arn) }, next: next)
    }

    private func describe(
        _ arns: [TaskARN], in cluster: ClusterName, from world: World
    ) throws(World.Failure) -> ReadAnswer {
        let place = try world.cluster(cluster.rawValue)
        var (found, missing): ([ObservedTask], Set<TaskARN>) = ([], [])
        for arn in arns {
            if let task = world.task(arn.rawValue, in: place) {
                found.append(observed(task, in: world))
            } else {
                missing.insert(arn)
            }
        }
        return .tasks(found, missing: missing)
    }

    /// A page of what is in order of its numbers; the token is the last number seen, so what is added or removed
    /// meanwhile shifts nothing.
    private func pages<Item>(
        _ items: [Item], after page: Read.PageToken?, by number: (Item) -> Int
    ) -> (items: [Item], next: Read.PageToken?) {
        let last = page.flatMap { Int($0) } ?? -1
        let rest = page == nil ? items[...] : items.drop { number($0) <= last }
        guard rest.count > pageSize else { return (Array(rest), nil) }
        let shown = rest.prefix(pageSize)
        return (Array(shown), shown.last.map { String(number($0)) })
    }

    // MARK: In the engine's words

    private func observed(_ host: World.ContainerInstance) -> ContainerInstance {
        let status: ContainerInstance.Status =
            switch host.status {
            case .active: .active
            case .draining: .draining
            case .inactive: .inactive
            }
        return ContainerInstance(
            arn: ContainerInstanceARN(host.arn), instance: InstanceID(host.ec2InstanceID), status: status,
            agentConnected: host.agentConnected)
    }

    private func observed(_ task: World.Task, in world: World) -> ObservedTask {
        let health: ObservedTask.Health =
            switch task.healthStatus {
            case .unknown: .unknown
            case .healthy: .healthy
            case .unhealthy: .unhealthy
            }
        return ObservedTask(
            arn: TaskARN(task.arn), containerInstance: ContainerInstanceARN(task.containerInstanceARN),
            service: task.service.map { ServiceName(world[$0].name) }, desiredStatus: task.desiredStatus.rawValue,
            lastStatus: task.lastStatus.rawValue, health: health, taskDefinition: task.taskDefinitionARN,
            stoppedAt: task.stoppedAt.map { Timestamp($0) })
    }

    private func observed(_ service: World.Service) -> ObservedService {
        ObservedService(
            name: ServiceName(service.name), isActive: service.status == .active,
            isDaemon: service.schedulingStrategy == .daemon, desiredCount: service.desiredCount,
            minimumHealthyPercent: service.minimumHealthyPercent, maximumPercent: service.maximumPercent,
            targetGroups: service.targetGroupARNs.map { TargetGroupARN($0) },
            classicLoadBalancers: service.loadBalancerNames,
            deploymentFailed: service.deployments.first?.rolloutState == .failed,
            recentEvents: service.events.prefix(10).map(\.message))
    }

    private func observed(_ hook: World.LifecycleHook) -> ObservedHook {
        ObservedHook(
            name: LifecycleHookName(hook.name), transition: hook.transition == .terminating ? .terminating : .launching,
            heartbeatTimeoutSeconds: Int(hook.heartbeatTimeout.components.seconds),
            notificationTarget: hook.notificationTargetARN, notificationMetadata: hook.notificationMetadata)
    }

    private func observed(_ group: World.AutoScalingGroup, in world: World) -> ObservedGroup {
        ObservedGroup(
            name: AutoScalingGroupName(group.name),
            waiting: world.members(ofGroup: group.name).filter { $0.lifecycleState == .terminatingWait }
                .map { InstanceID($0.instanceID) },
            retainsAbandoned: group.terminateHookAbandon == .retain,
            // As long as one is on its way there, its pool is not deleted.
            hasWarmPool: group.warmPool != nil || !world.warmPoolMembers(ofGroup: group.name).isEmpty)
    }

    private func poolWait(_ instance: World.Instance) -> ObservedPoolWait? {
        switch instance.lifecycleState {
        case .warmedPendingWait: .entering
        case .terminatingWait: .ending
        default: nil
        }
    }
}
