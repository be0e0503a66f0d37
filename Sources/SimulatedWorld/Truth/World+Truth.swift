/// The truth for tests and summaries: kept as it changes, or read off the state.
extension World {
    /// Every service, in order of creation.
    public var serviceTruths: [ServiceTruth] {
        serviceTable.map { service in
            ServiceTruth(
                cluster: service.cluster, name: service.name, desiredCount: service.desiredCount,
                minimum: service.minimumHealthy,
                inService: service.inServiceCount, leastInService: service.leastInService,
                requests: requestsSinceMark(of: service))
        }
    }

    private func requestsSinceMark(of service: Service) -> Requests {
        service.balancers.reduce(into: Requests()) { sum, group in
            let traffic = settledTraffic(of: group)
            sum = sum + (traffic.requests - traffic.requestsAtMark)
        }
    }

    /// From now on ``ServiceTruth/leastInService`` and ``ServiceTruth/requests`` are counted anew.
    public mutating func markTruth() {
        for index in serviceTable.indices { serviceTable[index].leastInService = serviceTable[index].inServiceCount }
        for index in balancers.indices {
            balancers[index].settleTraffic(until: now)
            balancers[index].traffic.requestsAtMark = balancers[index].traffic.requests
        }
    }

    /// Whether it really serves: its process lives on a living machine, and its checks say so.
    func isInService(_ task: Task) -> Bool { task.isProcessAlive && passesChecks(task) }

    /// To be called after whatever may put a task in or out of service.
    mutating func refreshTruth(of id: Task.ID) {
        guard let task = taskTable[id], let service = task.service else { return }
        refreshHealth(of: task, of: service)
        let isInService = isInService(task)
        guard isInService != task.isCountedInService else { return }
        taskTable[id]?.isCountedInService = isInService
        serviceTable[service.number].inServiceCount += isInService ? 1 : -1
        if isInService {
            noteReplacement(task, of: service)
        } else {
            let least = min(self[service].leastInService, self[service].inServiceCount)
            serviceTable[service.number].leastInService = least
        }
    }

    // MARK: Calls

    /// The shell tells of every API call it has received, before it performs it. Counted in ``apiCalls``; those that
    /// end or prolong a lifecycle action are kept in ``lifecycleCalls``.
    ///
    /// - Parameters:
    ///   - service: `autoscaling`, `ecs`, `elasticloadbalancing`, `sns`, `sts`, `ec2`.
    ///   - operation: AWS's name, `DescribeTasks`.
    public mutating func recordCall(service: String, operation: String) {
        apiCalls["\(service):\(operation)", default: 0] += 1
        guard operation == "CompleteLifecycleAction" || operation == "RecordLifecycleActionHeartbeat" else { return }
        lifecycleCalls.append(APICall(at: now, service: service, operation: operation))
    }
}
