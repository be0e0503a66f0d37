import DrainModel
import HTTPEndpoint
import Synchronization

/// A source of drains that lists what it is given and remembers what it was asked.
final class FakeDrains: DrainSource {
    private let drains: [Drain]
    private let next: DrainID?
    private let failure: (any Error)?
    private let asked = Mutex<[DrainQuery]>([])

    init(_ drains: [Drain] = [], next: DrainID? = nil, failure: (any Error)? = nil) {
        self.drains = drains
        self.next = next
        self.failure = failure
    }

    var queries: [DrainQuery] { asked.withLock { $0 } }

    func drains(matching query: DrainQuery) async throws -> DrainPage {
        if let failure { throw failure }
        asked.withLock { $0.append(query) }
        return DrainPage(drains: drains, next: next)
    }

    func drain(_ id: DrainID) async throws -> Drain? {
        if let failure { throw failure }
        return drains.first { $0.id == id }
    }
}

extension Drain {
    private static let start = Timestamp(millisecondsSinceEpoch: 1_784_700_000_000)

    /// One that has just come in.
    static let fresh = Drain(
        action: LifecycleAction(
            autoScalingGroup: "web-asg", lifecycleHook: "drain", instance: "i-0abc",
            token: "87654321-4321-4321-4321-210987654321", transition: .terminating, startedAt: start),
        origin: .sns, acceptedAt: start + .milliseconds(250), deadline: start + .seconds(3600), onTimeout: .continue)

    /// One that waits for a replacement and is blocked.
    static let waiting: Drain = {
        var drain = fresh
        drain.phase = .replacing
        drain.location = Location(
            cluster: "web", containerInstance: "arn:aws:ecs:eu-west-1:111122223333:container-instance/web/c1")
        drain.tasks = [
            TrackedTask(arn: "arn:t1", service: "api", isDaemon: false, isStopped: true, addresses: []),
            TrackedTask(arn: "arn:t2", service: "api", isDaemon: false, isStopped: false, addresses: []),
        ]
        drain.heartbeat.count = 3
        drain.waitingFor = [Wait(.service, "api", "1 of 2 replacements healthy")]
        drain.blockedBy = [Blocker(.noCapacity, message: "no room for api", hint: "Add an instance.")]
        drain.history = [HistoryEntry(at: start + .milliseconds(250), message: "Accepted")]
        return drain
    }()

    static let finished: Drain = {
        var drain = waiting
        drain.phase = .finished
        drain.outcome = .timedOut
        drain.finishedAt = start + .seconds(3600)
        drain.waitingFor = []
        drain.blockedBy = []
        return drain
    }()
}
