import DrainEngine
import DrainModel
import SimulatedWorld

// What others do in the account, and operators ask of draind.

extension Simulation {
    func play(_ event: Scripted.Event) {
        trace.note("script", at: now, "\(event)")
        // What the world refuses, such as stopping what has stopped, just does not happen.
        try? perform(event)
        noticeActions()
    }

    private func perform(_ event: Scripted.Event) throws {
        switch event {
        case .scaleIn(let cluster, let count):
            let group = plan.clusters[cluster].group
            let desired = try world.autoScalingGroup(named: group).desiredCapacity
            try world.setDesiredCapacity(max(0, desired - count), ofGroup: group)
        case .scaleOut(let cluster, let count):
            let group = plan.clusters[cluster].group
            let desired = try world.autoScalingGroup(named: group).desiredCapacity
            try world.setDesiredCapacity(desired + count, ofGroup: group)
        case .replace(let cluster, let number):
            guard let instance = instance(number, of: cluster) else { return }
            try replace(instance)
        case .replaceAll(let cluster): for instance in instances(of: cluster) { try replace(instance) }
        case .kill(let cluster, let number):
            guard let instance = instance(number, of: cluster) else { return }
            try world.terminateInstance(instanceID: instance.instanceID)
            noticeChange(ofMachine: instance.instanceID)
        case .stop(let cluster, let number):
            guard let instance = instance(number, of: cluster) else { return }
            try world.stopInstance(instanceID: instance.instanceID)
            noticeChange(ofMachine: instance.instanceID)
        case .interrupt(let cluster, let number):
            guard let instance = instance(number, of: cluster) else { return }
            try world.interruptSpotInstance(instanceID: instance.instanceID, drains: number % 2 == 0)
        case .disconnectAgent(let cluster, let number, let seconds):
            guard let instance = instance(number, of: cluster) else { return }
            try world.disconnectAgent(ofInstance: instance.instanceID)
            agenda.add(.scripted(.connectAgent(instanceID: instance.instanceID)), at: now + .seconds(seconds))
        case .connectAgent(let instanceID): try world.connectAgent(ofInstance: instanceID)
        case .resetAgent(let cluster, let number):
            guard let instance = instance(number, of: cluster) else { return }
            try world.resetAgent(ofInstance: instance.instanceID)
        case .protectInstance(let cluster, let number):
            guard let instance = instance(number, of: cluster) else { return }
            try world.setInstanceProtection(
                true, instanceIDs: [instance.instanceID], group: plan.clusters[cluster].group)
        case .refresh(let cluster, let count):
            _ = try world.startInstanceRefresh(ofGroup: plan.clusters[cluster].group, batchSize: count)
        case .deploy(let cluster, let number): try deploy(cluster, number) { _ in }
        case .deployBroken(let cluster, let number):
            try deploy(cluster, number) { definition in
                if number % 2 == 0 { definition.neverHealthy = true } else { definition.crashesAfter = .seconds(5) }
            }
        case .protect(let cluster, let number, let minutes):
            guard let service = service(number, of: cluster) else { return }
            let tasks = world.tasks(of: service).filter { $0.lastStatus == .running }.prefix(10).map(\.arn)
            _ = try world.updateTaskProtection(
                Array(tasks), cluster: service.cluster, isEnabled: true, expiresInMinutes: minutes)
        case .scaleService(let cluster, let number, let count):
            guard let service = service(number, of: cluster) else { return }
            try world.updateService(service.name, cluster: service.cluster, desiredCount: count)
        case .deleteService(let cluster, let number):
            guard let service = service(number, of: cluster) else { return }
            try world.deleteService(service.name, cluster: service.cluster)
        case .changeHook(let cluster, let seconds):
            guard var hook = try world.autoScalingGroup(named: plan.clusters[cluster].group).hooks.first else { return }
            hook.heartbeatTimeout = .seconds(seconds)
            try world.putLifecycleHook(hook)
        case .deleteHook(let cluster):
            guard let hook = try world.autoScalingGroup(named: plan.clusters[cluster].group).hooks.first else { return }
            try world.deleteLifecycleHook(named: hook.name, group: hook.group)
            agenda.add(.scripted(.putHook(hook)), at: now + .seconds(60))
        case .putHook(let hook): try world.putLifecycleHook(hook)
        case .runTask(let cluster): try plan.runTasks(1, in: plan.clusters[cluster], of: &world)
        case .stopTask(let cluster, let number):
            let name = plan.clusters[cluster].name
            let tasks = world.tasks(in: try world.cluster(name)).filter { $0.desiredStatus == .running }
            guard !tasks.isEmpty else { return }
            try world.stopTask(tasks[number % tasks.count].arn, cluster: name)
        case .setState(let cluster, let number, let isDraining):
            let name = plan.clusters[cluster].name
            let hosts = world.containerInstances(in: try world.cluster(name)).filter { $0.status != .inactive }
            guard !hosts.isEmpty else { return }
            let host = hosts[number % hosts.count]
            let arn = ContainerInstanceARN(host.arn)
            if isDraining { drainedByOthers.insert(arn) } else { activatedAt[arn] = now }
            _ = try world.updateContainerInstancesState(
                [host.arn], cluster: name, status: isDraining ? .draining : .active)
        case .drain(let cluster, let number, let completes):
            guard let process = anyProcess(), let instance = instance(number, of: cluster) else { return }
            ask(process, for: InstanceID(instance.instanceID), completes: completes)
        case .cancel(let number):
            guard let process = anyProcess(), let drain = undecided(number, by: process) else { return }
            // Its action is left to its timeout from now on, recorded or not.
            forgetHeartbeats(of: drain)
            say(.cancel(drain.id), to: process)
        case .force(let number):
            guard let process = anyProcess(), let drain = undecided(number, by: process) else { return }
            forcedDrains.insert(drain.id)
            say(.complete(drain.id, .continue), to: process)
        case .answerByHand(let number):
            guard !openActions.isEmpty else { return }
            let action = world.lifecycleActions[openActions[number % openActions.count]]
            try world.completeLifecycleAction(
                group: action.group, hook: action.hook, result: .continue, token: action.token)
        case .crash: if let replica = decider?.replica { crash(replica, downFor: .seconds(2)) }
        case .trouble(let trouble, let number):
            let replica = number.map { replicas[$0] } ?? decider?.replica
            if let replica { befall(replica, trouble) }
        }
    }

    /// As the operators' door does: what drains already goes on as it does.
    private func ask(_ process: Process, for instance: InstanceID, completes: Bool) {
        let open = ledger.activeDrains.filter { $0.instance == instance && $0.isUndecided }
        if let known = open.first(where: { $0.action != nil }) ?? open.first {
            if completes { say(.seekAction(known.id), to: process) }
            return
        }
        let drain = DrainMachine.acceptManual(
            instance, completesAction: completes, at: process.replica.clock.now(at: now), policy: plan.policy.drain)
        agenda.add(
            .record(drain, of: nil, by: process, in: process.term), at: now + random.milliseconds(in: 1...20))
    }

    /// Where another decides, it is left for that one.
    private func say(_ word: Note, to process: Process) {
        if let term = process.term, let input = word.input {
            handle(input, in: term)
        } else {
            agenda.add(.lease(.leave(word), process), at: now + random.milliseconds(in: 1...20))
        }
    }

    private func deploy(_ cluster: Int, _ number: Int, _ change: (inout World.TaskDefinition) -> Void) throws {
        guard let service = service(number, of: cluster) else { return }
        var definition = try world.taskDefinition(service.taskDefinitionARN)
        (definition.neverHealthy, definition.crashesAfter) = (false, nil)
        change(&definition)
        let registered = world.registerTaskDefinition(definition)
        try world.updateService(service.name, cluster: service.cluster, taskDefinition: registered.arn)
    }

    private func replace(_ instance: World.Instance) throws {
        _ = try world.terminateInstanceInAutoScalingGroup(
            instanceID: instance.instanceID, shouldDecrementDesiredCapacity: false)
    }

    private func instances(of cluster: Int) -> [World.Instance] {
        world.members(ofGroup: plan.clusters[cluster].group).filter { $0.lifecycleState == .inService }
    }

    private func instance(_ number: Int, of cluster: Int) -> World.Instance? {
        let members = world.members(ofGroup: plan.clusters[cluster].group)
        return members.isEmpty ? nil : members[number % members.count]
    }

    private func service(_ number: Int, of cluster: Int) -> World.Service? {
        let services = (try? world.cluster(plan.clusters[cluster].name)).map { world.services(in: $0) } ?? []
        let active = services.filter { $0.status == .active }
        return active.isEmpty ? nil : active[number % active.count]
    }

    private func undecided(_ number: Int, by process: Process) -> Drain? {
        let drains = (process.term?.runner.current ?? ledger.activeDrains).filter(\.isUndecided)
            .sorted { $0.id < $1.id }
        return drains.isEmpty ? nil : drains[number % drains.count]
    }
}
