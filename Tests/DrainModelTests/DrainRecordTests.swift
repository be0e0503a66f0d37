import DrainModel
import Foundation
import Testing

@Suite("A record")
struct DrainRecordTests {
    /// What the first version wrote of a drain that had just come in. It must be readable for ever.
    private let first = """
        {"id": "i-0a-0011223344556677", "instance": "i-0a", "origin": "sns", "acceptedAt": 1700000000000,
         "deadline": 1700003600000, "onTimeout": "CONTINUE", "phase": "draining",
         "action": {"autoScalingGroup": "asg", "lifecycleHook": "hook", "instance": "i-0a", "token": "t",
                    "transition": "terminating", "startedAt": 1700000000000},
         "location": {"cluster": "web", "containerInstance": "arn"},
         "tasks": [{"arn": "task", "service": "shop", "isDaemon": false, "isStopped": false, "addresses": []}],
         "heartbeat": {"timeoutSeconds": 300, "count": 1, "lastAt": 1700000001000},
         "history": [{"at": 1700000000000, "message": "Accepted"}]}
        """

    @Test("of an earlier version is read, and what it lacks has its first value")
    func earlierVersion() throws {
        let drain = try JSONDecoder().decode(Drain.self, from: Data(first.utf8))
        #expect(drain.phase == .draining)
        #expect(drain.tasks.map(\.isToldToStop) == [false])
        #expect(drain.alsoRegistered.isEmpty)
        #expect(drain.takenBackAt == nil)
        #expect(!drain.machineHasEnded)
        #expect(drain.isConfirmed)
    }

    @Test("is read as it was written, every part of it")
    func roundTrip() throws {
        var drain = try JSONDecoder().decode(Drain.self, from: Data(first.utf8))
        drain.takenBackAt = drain.deadline
        drain.alsoRegistered = ["other"]
        drain.hooksBeside = ["beside"]
        (drain.seeksAction, drain.namedCluster) = (true, "web")
        drain.groupRetainsAbandoned = true
        drain.drainingSetByUs = true
        drain.machineHasEnded = true
        drain.taskListIsClosed = true
        (drain.outOfServiceSince, drain.deregisteredSince) = (drain.acceptedAt, drain.acceptedAt)
        (drain.absentSince, drain.onlyDaemonsSince) = (drain.acceptedAt, drain.acceptedAt)
        drain.tasks[0].isToldToStop = true
        drain.tasks[0].missingSince = drain.acceptedAt
        drain.decision = .init(result: .abandon, outcome: .forced, at: drain.deadline)
        drain.refusedCall = .init(operation: "StopTask", reason: "AccessDenied")
        drain.waitingFor = [Wait(.budget, "name", "detail")]
        drain.blockedBy = [Blocker(.noCapacity, message: "message", hint: "hint")]
        drain.toldBlockers = [.noCapacity]
        (drain.outcome, drain.finishedAt) = (.forced, drain.deadline)
        #expect(try JSONDecoder().decode(Drain.self, from: JSONEncoder().encode(drain)) == drain)
    }
}
