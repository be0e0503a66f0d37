import SimulatedAWS
import SimulatedWorld

/// What the demo does to its simulated account.
extension SimulatedAccount {
    /// Subscribes every draind to the topic, puts the hook and has ECS's events sent there, as an operator would.
    func protect(with topic: String, notifying endpoints: [String], heartbeatTimeout: Duration) async throws {
        try change { world throws(World.Failure) in
            for endpoint in endpoints { _ = try world.subscribe(endpoint: endpoint, toTopic: topic) }
        }
        for _ in 0..<200 where !isConfirmed(topic) { try await ContinuousClock().sleep(for: .milliseconds(50)) }
        guard isConfirmed(topic) else { throw DemoFailure("draind did not confirm its subscription") }
        try change { world throws(World.Failure) in
            try world.putLifecycleHook(
                World.LifecycleHook(
                    name: "draind", group: "demo-asg", heartbeatTimeout: heartbeatTimeout,
                    defaultResult: .continue, notificationTargetARN: topic))
            try world.sendECSEvents(toTopic: topic)
        }
    }

    private func isConfirmed(_ topic: String) -> Bool {
        state().subscriptions(ofTopic: topic).allSatisfy(\.isConfirmed)
    }

    /// Waits until so many instances, whose actions are completed, have ended.
    func waitUntilTerminated(instances: Int) async throws {
        for _ in 0..<400 where state().instanceTruths.count(where: { $0.diedAt != nil }) < instances {
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }
}
