import DrainModel
import FoundationEssentials
import HTTPEndpoint
import Testing

/// Others rely on these names and forms: a change here is a change of the contract.
@Suite("A drain is shown in the contract's form")
struct DrainJSONTests {
    private func json(_ drain: Drain, withHistory: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(DrainJSON(drain, withHistory: withHistory)), as: UTF8.self)
    }

    @Test("a drain in progress, with its history")
    func inProgress() throws {
        #expect(
            try json(.waiting, withHistory: true) == """
                {
                  "acceptedAt" : "2026-07-22T06:00:00.250Z",
                  "autoScalingGroup" : "web-asg",
                  "blockedBy" : [
                    {
                      "code" : "no-capacity",
                      "hint" : "Add an instance.",
                      "message" : "no room for api"
                    }
                  ],
                  "cluster" : "web",
                  "containerInstanceArn" : "arn:aws:ecs:eu-west-1:111122223333:container-instance/web/c1",
                  "deadline" : "2026-07-22T07:00:00.000Z",
                  "finishedAt" : null,
                  "heartbeats" : 3,
                  "history" : [
                    {
                      "at" : "2026-07-22T06:00:00.250Z",
                      "message" : "Accepted"
                    }
                  ],
                  "id" : "\(Drain.waiting.id)",
                  "instanceId" : "i-0abc",
                  "lifecycleHook" : "drain",
                  "origin" : "sns",
                  "outcome" : null,
                  "phase" : "replacing",
                  "tasks" : {
                    "stopped" : 1,
                    "total" : 2
                  },
                  "transition" : "terminating",
                  "waitingFor" : [
                    {
                      "detail" : "1 of 2 replacements healthy",
                      "kind" : "service",
                      "name" : "api"
                    }
                  ]
                }
                """)
    }

    @Test(
        "the keys are those of the contract's example, whatever the drain has",
        arguments: [Drain.fresh, .waiting, .finished])
    func keys(drain: Drain) throws {
        let contract: Set = [
            "id", "instanceId", "cluster", "containerInstanceArn", "autoScalingGroup", "lifecycleHook", "transition",
            "origin", "phase", "outcome", "waitingFor", "blockedBy", "tasks", "acceptedAt", "deadline", "finishedAt",
            "heartbeats",
        ]
        let lines = try json(drain).split(separator: "\n")
        // The keys of the outermost object are those that are indented by two.
        let keys = lines.filter { $0.hasPrefix("  \"") }.compactMap { $0.split(separator: "\"").dropFirst().first }
        #expect(Set(keys.map(String.init)) == contract)
        #expect(keys.count == contract.count)
    }

    @Test("what a drain does not have yet is null")
    func nulls() throws {
        let json = try json(.fresh)
        for key in ["cluster", "containerInstanceArn", "outcome", "finishedAt"] {
            #expect(json.contains("\"\(key)\" : null"))
        }
    }

    @Test("a finished drain says how and when it ended")
    func finished() throws {
        let json = try json(.finished)
        #expect(json.contains(#""outcome" : "timed-out""#))
        #expect(json.contains(#""finishedAt" : "2026-07-22T07:00:00.000Z""#))
    }

    @Test("what is written can be read again", arguments: [Drain.fresh, .waiting, .finished])
    func roundTrip(drain: Drain) throws {
        let shown = DrainJSON(drain, withHistory: true)
        #expect(try JSONDecoder().decode(DrainJSON.self, from: JSONEncoder().encode(shown)) == shown)
    }

    @Test("a time that is not RFC 3339 is not read")
    func badTime() throws {
        let json = try json(.waiting).replacing("2026-07-22T07:00:00.000Z", with: "tomorrow")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(DrainJSON.self, from: Data(json.utf8)) }
    }
}
