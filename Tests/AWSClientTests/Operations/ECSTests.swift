import FoundationEssentials
import Testing

@testable import AWSClient

@Suite("ECS: what is sent, pages, batches and failures")
struct ECSTests {
    @Test("lists are followed over three pages")
    func pages() async throws {
        let caller = ScriptedCaller(
            #"{"taskArns":["a"],"nextToken":"t2"}"#, #"{"taskArns":[],"nextToken":"t3"}"#, #"{"taskArns":["b"]}"#)
        let arns = try await ECS(caller).listTasks(cluster: "web", containerInstance: "h", desiredStatus: .stopped)
        #expect(arns == ["a", "b"])
        #expect(
            caller.bodies == [
                #"{"cluster":"web","containerInstance":"h","desiredStatus":"STOPPED"}"#,
                #"{"cluster":"web","containerInstance":"h","desiredStatus":"STOPPED","nextToken":"t2"}"#,
                #"{"cluster":"web","containerInstance":"h","desiredStatus":"STOPPED","nextToken":"t3"}"#,
            ])
    }

    @Test("pages that go round in a circle are an error")
    func circle() async {
        let caller = ScriptedCaller { (_, number) in #"{"clusterArns":["c"],"nextToken":"t\#(number % 2)"}"# }
        let reason = await reason { () async throws(AWSError) in try await ECS(caller).listClusters() }
        #expect(reason == .unreadableAnswer("the pages go round in a circle: a token came twice"))
    }

    @Test("an empty token ends a list")
    func emptyToken() async throws {
        let caller = ScriptedCaller(#"{"clusterArns":["c"],"nextToken":""}"#)
        #expect(try await ECS(caller).listClusters() == ["c"])
    }

    @Test("an answer without the list is not an empty list")
    func absentList() async {
        let caller = ScriptedCaller("{}")
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).listTasks(cluster: "web", desiredStatus: .running)
        }
        #expect(reason == .unreadableAnswer("no taskArns in the body"))
    }

    @Test("an instance is looked for by its EC2 id")
    func filter() async throws {
        let caller = ScriptedCaller(#"{"containerInstanceArns":["h"]}"#, #"{"containerInstanceArns":[]}"#)
        let ecs = ECS(caller)
        #expect(try await ecs.listContainerInstances(cluster: "web", filter: "ec2InstanceId==i-0a") == ["h"])
        #expect(try await ecs.listContainerInstances(cluster: "web", status: "DRAINING").isEmpty)
        #expect(
            caller.bodies == [
                #"{"cluster":"web","filter":"ec2InstanceId==i-0a"}"#, #"{"cluster":"web","status":"DRAINING"}"#,
            ])
    }

    @Test("251 container instances are described in calls of 100, 100 and 51, duplicates once")
    func describeBatches() async throws {
        let caller = ScriptedCaller { (request, _) in
            let arns = (try? request.strings("containerInstances")) ?? []
            return #"{"containerInstances":[\#(arns.map(host).joined(separator: ","))],"failures":[]}"#
        }
        let arns = (0..<251).map { "h-\($0)" }
        let described = try await ECS(caller).describeContainerInstances(cluster: "web", arns + ["h-7"])
        #expect(described.found.map(\.containerInstanceArn) == arns)
        #expect(try caller.requests.map { try $0.strings("containerInstances").count } == [100, 100, 51])
        #expect(caller.bodies.last?.hasPrefix(#"{"cluster":"web","containerInstances":["h-200","h-201""#) == true)
    }

    @Test("11 services are described in two calls")
    func serviceBatches() async throws {
        let caller = ScriptedCaller { (request, _) in
            let failures = ((try? request.strings("services")) ?? []).map { #"{"arn":"\#($0)","reason":"MISSING"}"# }
            return #"{"services":[],"failures":[\#(failures.joined(separator: ","))]}"#
        }
        let names = (0..<11).map { "s-\($0)" }
        let described = try await ECS(caller).describeServices(cluster: "web", names)
        #expect(described == .init(found: [], missing: names))
        #expect(try caller.requests.map { try $0.strings("services").count } == [10, 1])
    }

    @Test("to describe nothing makes no call")
    func nothing() async throws {
        let caller = ScriptedCaller()
        #expect(try await ECS(caller).describeTasks(cluster: "web", []) == .init())
        #expect(try await ECS(caller).updateContainerInstancesState(cluster: "web", [], to: .draining).isEmpty)
        #expect(caller.requests.isEmpty)
    }

    @Test("what is missing is told apart from what was found")
    func missing() async throws {
        let caller = ScriptedCaller(
            #"{"containerInstances":[\#(host("h-1"))],"failures":[{"arn":"h-2","reason":"MISSING"}]}"#)
        let described = try await ECS(caller).describeContainerInstances(cluster: "web", ["h-1", "h-2"])
        #expect(described.found.map(\.containerInstanceArn) == ["h-1"])
        #expect(described.missing == ["h-2"])
    }

    @Test("a failure for any other reason is an error that names both")
    func unexplainedFailure() async {
        let caller = ScriptedCaller(
            """
            {"tasks":[],"failures":[{"arn":"t-1","reason":"MISSING"},
             {"arn":"t-2","reason":"ACCESS_DENIED","detail":"not yours"}]}
            """)
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).describeTasks(cluster: "web", ["t-1", "t-2"])
        }
        #expect(reason == .failures(["ACCESS_DENIED t-2 (not yours)"]))
    }

    @Test("what is neither described nor a failure is no sign that it is gone")
    func gap() async {
        let caller = ScriptedCaller(#"{"tasks":[],"failures":[]}"#)
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).describeTasks(cluster: "web", ["t-1"])
        }
        #expect(reason == .unreadableAnswer("1 of 1 asked for are neither described nor a failure"))
    }

    @Test("25 instances are set DRAINING in three calls")
    func update() async throws {
        let caller = ScriptedCaller { (request, _) in
            let arns = (try? request.strings("containerInstances")) ?? []
            return #"{"containerInstances":[\#(arns.map(host).joined(separator: ","))],"failures":[]}"#
        }
        let arns = (0..<25).map { "h-\($0)" }
        let updated = try await ECS(caller).updateContainerInstancesState(cluster: "web", arns, to: .draining)
        #expect(updated.map(\.containerInstanceArn) == arns)
        #expect(try caller.requests.map { try $0.strings("containerInstances").count } == [10, 10, 5])
        #expect(
            caller.bodies.last
                == #"{"cluster":"web","containerInstances":["h-20","h-21","h-22","h-23","h-24"],"status":"DRAINING"}"#)
    }

    @Test("failed updates are an error, after all batches, even for missing instances")
    func failedUpdate() async {
        let caller = ScriptedCaller(
            #"{"containerInstances":[],"failures":[{"arn":"h-0","reason":"MISSING"}]}"#,
            #"{"containerInstances":[],"failures":[{"arn":"h-10","reason":"INACTIVE"}]}"#)
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).updateContainerInstancesState(
                cluster: "web", (0..<11).map { "h-\($0)" }, to: .active)
        }
        #expect(reason == .failures(["MISSING h-0", "INACTIVE h-10"]))
        #expect(caller.requests.count == 2)
    }

    @Test("a task is stopped with a reason")
    func stopTask() async throws {
        let caller = ScriptedCaller(
            #"{"task":{"taskArn":"t","desiredStatus":"STOPPED","lastStatus":"RUNNING"}}"#)
        let task = try await ECS(caller).stopTask(cluster: "web", task: "t", reason: "drained by draind")
        #expect(task.desiredStatus == "STOPPED")
        #expect(caller.bodies == [#"{"cluster":"web","reason":"drained by draind","task":"t"}"#])
    }
}

/// A container instance as ECS describes it, with fields that the client does not model.
private func host(_ arn: String) -> String {
    """
    {"agentConnected":true,"attributes":[{"name":"ecs.os-type","value":"linux"}],"containerInstanceArn":"\(arn)",
     "ec2InstanceId":"i-0a","pendingTasksCount":0,"registeredAt":1.700000000123E9,"runningTasksCount":2,
     "status":"ACTIVE","version":17,"versionInfo":{"agentVersion":"1.89.0"}}
    """
}
