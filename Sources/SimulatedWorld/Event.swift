extension World {
    /// What can be due. An event whose subject has gone another way meanwhile finds so when it happens, and is void.
    enum Event: Hashable, Sendable {
        case instanceBoots(Instance.ID)
        case agentRegisters(Instance.ID)
        case instanceEnds(Instance.ID)
        case instanceWarms(Instance.ID)
        case hostDeathNoticed(Instance.ID)
        case spotInterrupts(Instance.ID)
        case actionMayTimeOut(LifecycleAction.ID)
        case managedDrainingLooks(LifecycleAction.ID)
        case schedulerEvaluates(Service.ID)
        case schedulerRetries(Service.ID)
        case taskSteps(Task.ID, step: Int)
        case containerHealthReported(Task.ID)
        case plainTaskTurnsStable(Task.ID)
        case containerExits(Task.ID)
        case protectionEnds(Task.ID)
        case taskForgotten(Task.ID)
        case targetSteps(Target.Place, step: Int)
        case daemonGraceEnds(ending: Int)
        case deliverySilent(Delivery.ID)
    }

    mutating func schedule(_ event: Event, after delay: Duration) {
        agenda.add(event, at: now + (event.varies ? varied(delay) : delay))
    }

    private mutating func varied(_ delay: Duration) -> Duration {
        let most = delay.wholeMilliseconds * Int64(timings.variation) / 100
        return most > 0 ? delay + .milliseconds(Int64.random(in: 0...most, using: &timingRandom)) : delay
    }

    mutating func happen(_ event: Event) {
        switch event {
        case .instanceBoots(let id): finishBoot(of: id)
        case .agentRegisters(let id): registerContainerInstance(of: id)
        case .instanceEnds(let id): endInstance(id)
        case .instanceWarms(let id): finishWarming(of: id)
        case .hostDeathNoticed(let id): noticeHostDeath(of: id)
        case .spotInterrupts(let id): killMachine(id, as: .shuttingDown)
        case .actionMayTimeOut(let id): timeOutIfDue(id)
        case .managedDrainingLooks(let id): advanceManagedDraining(id)
        case .schedulerEvaluates(let id): evaluate(id)
        case .schedulerRetries(let id): retryPlacement(of: id)
        case .taskSteps(let id, let step): advanceTask(id, from: step)
        case .containerHealthReported(let id): reportHealth(of: id)
        case .plainTaskTurnsStable(let id): turnStable(id)
        case .containerExits(let id): exitContainer(of: id)
        case .protectionEnds(let id): noteProtectionEnd(of: id)
        case .taskForgotten(let id): forget(id)
        case .targetSteps(let place, let step): advanceTarget(place, from: step)
        case .daemonGraceEnds(let index): markStale(index)
        case .deliverySilent(let id): deliveryAnswered(id, .failure("no answer in time"))
        }
    }
}

extension World.Event {
    /// Whether it is subject to ``World/Timings/variation``.
    fileprivate var varies: Bool {
        switch self {
        case .instanceBoots, .agentRegisters, .instanceEnds, .instanceWarms, .hostDeathNoticed, .managedDrainingLooks,
            .schedulerEvaluates, .schedulerRetries, .taskSteps, .containerHealthReported, .containerExits:
            true
        case .actionMayTimeOut, .plainTaskTurnsStable, .protectionEnds, .taskForgotten, .targetSteps,
            .daemonGraceEnds, .deliverySilent, .spotInterrupts:
            false
        }
    }
}
