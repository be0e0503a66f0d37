/// The life of an instance: launch, boot, registration, end.
extension World {
    /// Launches or terminates until as many instances are not terminating as the group desires.
    mutating func balance(_ group: Int) {
        var staying = autoScalingGroups[group].members.filter { !self[$0].lifecycleState.isTerminating }
        let desired = autoScalingGroups[group].desiredCapacity + (autoScalingGroups[group].refresh?.surplus ?? 0)
        while staying.count < desired {
            staying.append(takeFromPool(ofGroup: group) ?? launch(inGroup: group, beside: staying))
        }
        while staying.count > desired, let victim = scaleInVictim(of: staying, inGroup: group) {
            staying.removeAll { $0 == victim }
            if autoScalingGroups[group].warmPool != nil {
                beginReturn(of: victim, toPoolOfGroup: group)
            } else {
                beginTermination(of: victim)
            }
        }
    }

    private func population(of zone: String, in instances: [Instance.ID]) -> Int {
        instances.count { self[$0].availabilityZone == zone }
    }

    /// The default termination policy, as far as it can differ here: the fullest zone, and its oldest instance; none
    /// that is protected.
    private func scaleInVictim(of staying: [Instance.ID], inGroup group: Int) -> Instance.ID? {
        let instances = staying.filter { !self[$0].isProtectedFromScaleIn }
        let populations = autoScalingGroups[group].availabilityZones.map { ($0, population(of: $0, in: instances)) }
        let fullest = populations.map(\.1).max()
        let zone = populations.first { $0.1 == fullest }?.0
        return instances.first { self[$0].availabilityZone == zone }
    }

    private mutating func launch(inGroup index: Int, beside others: [Instance.ID]) -> Instance.ID {
        let group = autoScalingGroups[index]
        let populations = group.availabilityZones.map { ($0, population(of: $0, in: others)) }
        let emptiest = populations.map(\.1).min()
        let zone = populations.first { $0.1 == emptiest }?.0 ?? account.region
        let id = Instance.ID(instanceTable.count)
        let instanceID = "i-0" + random.hexadecimal(16)
        instanceTable.append(
            Instance(
                id: id, instanceID: instanceID, group: group.name, availabilityZone: zone,
                instanceType: group.instanceType,
                privateIPAddress: "10.0.\(id.number / 250 % 250).\(id.number % 250 + 4)",
                launchedAt: now, lifecycleState: .pending, ec2State: .pending,
                isProtectedFromScaleIn: group.newInstancesProtectedFromScaleIn))
        instancesByID[instanceID] = id
        autoScalingGroups[index].members.append(id)
        schedule(.instanceBoots(id), after: timings.boot)
        return id
    }

    mutating func finishBoot(of id: Instance.ID) {
        guard self[id].isAlive else { return }
        instanceTable[id.number].ec2State = .running
        schedule(.agentRegisters(id), after: timings.registration + self[id].registrationDelay)
        guard self[id].lifecycleState == .pending else { return }
        let origin: LifecycleAction.Place = self[id].comesFromPool ? .warmPool : .ec2
        if beginActions(.launching, of: id, from: origin, to: .autoScalingGroup) {
            instanceTable[id.number].lifecycleState = .pendingWait
        } else {
            enterService(id)
        }
    }

    mutating func enterService(_ id: Instance.ID) {
        instanceTable[id.number].lifecycleState = .inService
        if let group = groupsByName[self[id].group] { advanceRefresh(ofGroup: group) }
    }

    /// Terminating, and waiting if there are hooks to wait for.
    mutating func beginTermination(of id: Instance.ID) {
        supersedeActions(of: id)
        let origin: LifecycleAction.Place = self[id].lifecycleState.isWarmed ? .warmPool : .autoScalingGroup
        if beginActions(.terminating, of: id, from: origin, to: .ec2) {
            instanceTable[id.number].lifecycleState = .terminatingWait
        } else {
            instanceTable[id.number].lifecycleState = .terminating
            schedule(.instanceEnds(id), after: timings.proceed)
        }
    }

    /// The machine dies, if it still lives, and leaves its group.
    mutating func endInstance(_ id: Instance.ID) {
        instanceTable[id.number].lifecycleState = .terminated
        killMachine(id, as: .shuttingDown)
        guard let group = groupsByName[self[id].group] else { return }
        autoScalingGroups[group].members.removeSorted(id)
        autoScalingGroups[group].warmMembers.removeSorted(id)
        balance(group)
        advanceRefresh(ofGroup: group)
    }

    /// Every process on it ends this instant; the account learns of it later. A stopped machine can still be terminated.
    ///
    /// - Parameter state: `shutting-down` for its end, `stopping` if it may be started again.
    mutating func killMachine(_ id: Instance.ID, as state: EC2State) {
        let isStopped = self[id].ec2State == .stopping || self[id].ec2State == .stopped
        guard self[id].isAlive || (isStopped && state == .shuttingDown) else { return }
        instanceTable[id.number].diedAt = self[id].diedAt ?? now
        instanceTable[id.number].ec2State = state
        for containerInstance in self[id].containerInstances {
            containerInstanceTable[containerInstance.number].agentConnected = false
            noteChange(of: containerInstance)
            // Orphans of a forced deregistration have STOPPED only in ECS's books.
            for task in self[containerInstance].listedTasks { endProcess(of: task) }
        }
        markStale(endingOf: id)
        if timings.hostDeathNoticed > .zero {
            schedule(.hostDeathNoticed(id), after: timings.hostDeathNoticed)
        } else {
            noticeHostDeath(of: id)
        }
    }

    /// A terminated machine's container instances are given up; a stopped one's stay, with a disconnected agent.
    mutating func noticeHostDeath(of id: Instance.ID) {
        let instance = self[id]
        switch instance.ec2State {
        case .shuttingDown:
            instanceTable[id.number].ec2State = .terminated
            for containerInstance in instance.containerInstances {
                giveUp(containerInstance, reason: "Host EC2 (instance \(instance.instanceID)) terminated.")
            }
        case .stopping:
            instanceTable[id.number].ec2State = .stopped
            // As it should be.
            if instance.lifecycleState.isWarmed { return }
        case .pending, .running, .stopped, .terminated: return
        }
        guard !instance.lifecycleState.isTerminating, let group = groupsByName[instance.group] else { return }
        beginTermination(of: id)
        balance(group)
    }
}
