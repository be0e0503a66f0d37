import AWSClient
import DrainEngine
import DrainModel
import Logging
import ServiceLifecycle

/// The queue door: all queues are polled at once. Whoever may send to one of them is believed; their policies are the
/// authentication.
struct QueueDoor: Service, CustomStringConvertible {
    let pollers: [QueuePoller]
    let clock: any WallClock
    /// Whether what comes in can be accepted.
    let isReady: @Sendable () -> Bool

    var description: String { "queue door" }

    /// Polls until a graceful shutdown; messages in hand are finished.
    func run() async throws {
        try await untilRecovered()
        await withDiscardingTaskGroup { [clock] group in
            for poller in pollers { group.addTask { await poller.run(clock: clock) } }
        }
    }

    private func untilRecovered() async throws {
        while !isReady(), !Task.isShuttingDownGracefully {
            try await clock.sleep(until: clock.now() + .milliseconds(50))
        }
    }
}
