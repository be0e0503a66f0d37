/// Availability Zone rebalancing of a service that asks for it (Amazon ECS developer guide, "Balancing an Amazon ECS
/// service across Availability Zones"): where one zone has at least two tasks more than another, a task is started in
/// the poorer one, and once it is healthy one of the richer is stopped. It needs a maximumPercent above 100.
extension World {
    /// To be called when the service is steady.
    mutating func rebalanceZones(of id: Service.ID, _ staying: [Task]) {
        let service = self[id]
        guard service.rebalancesZones, service.maximumRunning > service.desiredCount, service.rebalancingTask == nil
        else { return }
        let cluster = clusters[service.clusterIndex]
        let zones = Set(
            cluster.openContainerInstances.filter { self[$0].status == .active }.map { self[$0].availabilityZone })
        let populations = zones.sorted().map { zone in (zone: zone, count: staying.count { self.zone(of: $0) == zone })
        }
        guard let poorest = populations.min(by: { $0.count < $1.count }),
            let richest = populations.max(by: { $0.count < $1.count }), richest.count - poorest.count >= 2
        else { return }
        let definition = taskDefinitions[service.primary.definition]
        guard
            let place = place(
                definition, in: cluster, load: load(of: staying), zone: poorest.zone,
                distinct: service.isOnDistinctInstances)
        else { return }
        let started = startTask(
            definition, on: place, service: id, deployment: service.primary, startedBy: service.primary.id)
        serviceTable[id.number].rebalancingTask = started
        note("is not AZ balanced in \(richest.zone). AZ rebalancing initiated.", of: id)
        noteStarted([started], of: id)
    }

    /// The task that makes room for the one started elsewhere, once that is healthy: the newest of the richest zone.
    mutating func victimOfRebalancing(of id: Service.ID, _ staying: [Task]) -> Task? {
        guard let newcomer = self[id].rebalancingTask.flatMap({ taskTable[$0] }),
            newcomer.desiredStatus == .running, staying.contains(where: { $0.id == newcomer.id })
        else {
            serviceTable[id.number].rebalancingTask = nil
            return nil
        }
        guard isHealthy(newcomer) else { return nil }
        serviceTable[id.number].rebalancingTask = nil
        let zones = Set(staying.map { zone(of: $0) }).sorted()
        let richest = zones.max { one, other in
            staying.count { zone(of: $0) == one } < staying.count { zone(of: $0) == other }
        }
        return staying.last { zone(of: $0) == richest && $0.id != newcomer.id && !isProtected($0) }
    }

    private func zone(of task: Task) -> String { self[task.containerInstance].availabilityZone }
}
