/// Where a task goes, and what the service says of it in its events.
extension World {
    func fits(_ definition: TaskDefinition, on id: ContainerInstance.ID) -> Bool {
        let remaining = self[id].remaining
        if let port = definition.hostPort, self[id].staticPorts.contains(port) { return false }
        return definition.resources.cpu <= remaining.cpu && definition.resources.memory <= remaining.memory
    }

    /// Spread: of the ACTIVE instances with room, the one with the least of `load`, then the most memory left, then the
    /// oldest.
    func place(
        _ definition: TaskDefinition, in cluster: Cluster, load: [ContainerInstance.ID: Int], zone: String? = nil,
        distinct: Bool = false
    ) -> ContainerInstance.ID? {
        var best: (id: ContainerInstance.ID, load: Int, memory: Int)?
        for id in cluster.openContainerInstances {
            let host = self[id]
            guard host.status == .active, host.agentConnected, fits(definition, on: id) else { continue }
            if let zone, host.availabilityZone != zone { continue }
            if distinct, load[id] != nil { continue }
            let candidate = (id: id, load: load[id] ?? 0, memory: host.remaining.memory)
            if let best, (best.load, -best.memory) <= (candidate.load, -candidate.memory) { continue }
            best = candidate
        }
        return best?.id
    }

    /// Whether one more task of the service would find a place now.
    public func hasRoom(for service: Service) -> Bool {
        let staying = service.tasks.compactMap { taskTable[$0] }.filter { $0.desiredStatus == .running }
        return place(
            taskDefinitions[service.primary.definition], in: clusters[service.clusterIndex], load: load(of: staying),
            distinct: service.isOnDistinctInstances) != nil
    }

    // MARK: Service events

    mutating func notePlacementFailure(of id: Service.ID, for definition: TaskDefinition) {
        serviceTable[id.number].waitsForRoom = true
        if !self[id].isRetryDue {
            serviceTable[id.number].isRetryDue = true
            schedule(.schedulerRetries(id), after: timings.placementRetry)
        }
        note(
            "was unable to place a task because no container instance met all of its requirements. "
                + closestMatch(for: definition, in: clusters[self[id].clusterIndex])
                + " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.", of: id)
    }

    private func closestMatch(for definition: TaskDefinition, in cluster: Cluster) -> String {
        let candidates = cluster.openContainerInstances.filter { self[$0].status == .active }
        guard let closest = candidates.max(by: { self[$0].remaining.memory < self[$1].remaining.memory }) else {
            return "Reason: No Container Instances were found in your cluster."
        }
        if let port = definition.hostPort, self[closest].staticPorts.contains(port) {
            return "The closest matching (container-instance \(Self.shortName(self[closest].arn))) is already using a "
                + "port required by your task."
        }
        let lack = self[closest].remaining.memory < definition.resources.memory ? "memory" : "CPU units"
        return "The closest matching (container-instance \(Self.shortName(self[closest].arn))) has insufficient "
            + "\(lack) available."
    }

    mutating func retryPlacement(of id: Service.ID) {
        serviceTable[id.number].isRetryDue = false
        if self[id].waitsForRoom { wake(id) }
    }

    mutating func noteStarted(_ tasks: [Task.ID], of id: Service.ID) {
        if tasks.isEmpty { return }
        note("has started \(tasks.count) tasks: \(list(tasks)).", of: id)
    }

    mutating func noteStopped(_ tasks: [Task], of id: Service.ID) {
        if tasks.isEmpty { return }
        note("has stopped \(tasks.count) running tasks: \(list(tasks.map(\.id))).", of: id)
    }

    mutating func setSteady(_ isSteady: Bool, _ id: Service.ID) {
        guard isSteady != self[id].isSteady else { return }
        serviceTable[id.number].isSteady = isSteady
        guard isSteady else { return }
        completeRollout(of: id)
        note("has reached a steady state.", of: id)
        noteSteadyState(of: id)
    }

    private func list(_ tasks: [Task.ID]) -> String {
        tasks.compactMap { taskTable[$0] }.map { "(task \(Self.shortName($0.arn)))" }.joined(separator: " ")
    }

    mutating func note(_ text: String, of id: Service.ID) {
        let event = Service.Event(id: random.uuid(), at: now, message: "(service \(self[id].name)) \(text)")
        serviceTable[id.number].events.insert(event, at: 0)
        if self[id].events.count > 100 { serviceTable[id.number].events.removeLast() }
    }
}
