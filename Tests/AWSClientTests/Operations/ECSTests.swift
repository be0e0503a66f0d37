import Testing

@testable import AWSClient

@Suite("ECS: what is sent, pages and failures")
struct ECSTests {
    @Test("a list is read a page a call, the next by its token")
    func page() async throws {
        let caller = ScriptedCaller(#"{"taskArns":["a"],"nextToken":"t3"}"#)
        let page = try await ECS(caller).listTasks(
            cluster: "web", containerInstance: "h", desiredStatus: .stopped, page: "t2")
        #expect(page == Page(items: ["a"], nextToken: "t3"))
        #expect(
            caller.bodies == [
                #"{"cluster":"web","containerInstance":"h","desiredStatus":"STOPPED","nextToken":"t2"}"#
            ])
    }

    @Test("a page may be empty and not the last")
    func emptyPage() async throws {
        let caller = ScriptedCaller(#"{"taskArns":[],"nextToken":"t2"}"#)
        let page = try await ECS(caller).listTasks(cluster: "web", serviceName: "shop", desiredStatus: .running)
        #expect(page == Page(items: [], nextToken: "t2"))
        #expect(caller.bodies == [#"{"cluster":"web","desiredStatus":"RUNNING","serviceName":"shop"}"#])
    }

    @Test("no token ends a list, and an empty one does, too", arguments: ["", #","nextToken":"""#])
    func lastPage(token: String) async throws {
        let caller = ScriptedCaller(#"{"clusterArns":["c"]\#(token)}"#)
        #expect(try await ECS(caller).listClusters() == Page(items: ["c"], nextToken: nil))
    }

    @Test("an answer without the list is not an empty list")
    func absentList() async {
        let caller = ScriptedCaller("{}")
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).listTasks(cluster: "web", desiredStatus: .running)
        }
        #expect(reason == .unreadableAnswer("no taskArns in the body"))
    }

    @Test("container instances are listed by their EC2 ids, or by status")
    func filter() async throws {
        let caller = ScriptedCaller(
            #"{"containerInstanceArns":["h"],"nextToken":"t3"}"#, #"{"containerInstanceArns":[]}"#)
        let ecs = ECS(caller)
        #expect(
            try await ecs.listContainerInstances(cluster: "web", filter: "ec2InstanceId==i-0a", page: "t2")
                == Page(items: ["h"], nextToken: "t3"))
        #expect(try await ecs.listContainerInstances(cluster: "web", status: "DRAINING").items.isEmpty)
        #expect(
            caller.bodies == [
                #"{"cluster":"web","filter":"ec2InstanceId==i-0a","nextToken":"t2"}"#,
                #"{"cluster":"web","status":"DRAINING"}"#,
            ])
    }

    @Test("what is described is asked for in one call")
    func describe() async throws {
        let caller = ScriptedCaller(
            #"{"containerInstances":[\#(host("h-1")),\#(host("h-2"))],"failures":[]}"#,
            #"{"services":[],"failures":[{"arn":"s","reason":"MISSING"}]}"#,
            #"{"tasks":[],"failures":[{"arn":"t","reason":"MISSING"}]}"#)
        let ecs = ECS(caller)
        _ = try await ecs.describeContainerInstances(cluster: "web", ["h-1", "h-2"])
        _ = try await ecs.describeServices(cluster: "web", ["s"])
        _ = try await ecs.describeTasks(cluster: "web", ["t"])
        #expect(
            caller.bodies == [
                #"{"cluster":"web","containerInstances":["h-1","h-2"]}"#, #"{"cluster":"web","services":["s"]}"#,
                #"{"cluster":"web","tasks":["t"]}"#,
            ])
    }

    @Test("what is asked for twice is described once")
    func duplicates() async throws {
        let caller = ScriptedCaller(#"{"containerInstances":[\#(host("h-1"))],"failures":[]}"#)
        let described = try await ECS(caller).describeContainerInstances(cluster: "web", ["h-1", "h-1"])
        #expect(described.found.map(\.containerInstanceArn) == ["h-1"])
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

    @Test("a failure that does not name what is missing is an error")
    func anonymousFailure() async {
        let caller = ScriptedCaller(#"{"tasks":[],"failures":[{"reason":"MISSING"}]}"#)
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).describeTasks(cluster: "web", ["t-1"])
        }
        #expect(reason == .failures(["MISSING"]))
    }

    @Test("instances are set DRAINING, or ACTIVE again", arguments: [ECS.ContainerInstanceState.draining, .active])
    func update(state: ECS.ContainerInstanceState) async throws {
        let caller = ScriptedCaller(#"{"containerInstances":[\#(host("h-1")),\#(host("h-2"))],"failures":[]}"#)
        let failures = try await ECS(caller).updateContainerInstancesState(cluster: "web", ["h-1", "h-2"], to: state)
        #expect(failures.isEmpty)
        #expect(
            caller.bodies
                == [#"{"cluster":"web","containerInstances":["h-1","h-2"],"status":"\#(state.rawValue)"}"#])
    }

    @Test("an update says which instances it left as they were, missing ones included, and why")
    func partialUpdate() async throws {
        let caller = ScriptedCaller(
            """
            {"containerInstances":[\(host("h-1"))],"failures":[{"arn":"h-2","reason":"MISSING"},
             {"arn":"h-3","reason":"INACTIVE","detail":"gone"}]}
            """)
        let failures = try await ECS(caller).updateContainerInstancesState(
            cluster: "web", ["h-1", "h-2", "h-3"], to: .draining)
        #expect(failures == ["h-2": "MISSING h-2", "h-3": "INACTIVE h-3 (gone)"])
    }

    @Test("an update that does not name what it left is an error")
    func anonymousUpdateFailure() async {
        let caller = ScriptedCaller(#"{"containerInstances":[],"failures":[{"reason":"INACTIVE"}]}"#)
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).updateContainerInstancesState(cluster: "web", ["h-1"], to: .draining)
        }
        #expect(reason == .failures(["INACTIVE"]))
    }

    @Test("an instance is deregistered, by force or not", arguments: [true, false])
    func deregister(force: Bool) async throws {
        let caller = ScriptedCaller(#"{"containerInstance":\#(host("h-1"))}"#)
        try await ECS(caller).deregisterContainerInstance(cluster: "web", "h-1", force: force)
        #expect(caller.bodies == [#"{"cluster":"web","containerInstance":"h-1","force":\#(force)}"#])
    }

    @Test("a deregistration that is answered with something else is unreadable")
    func deregisterUnreadable() async {
        let caller = ScriptedCaller("<html/>")
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).deregisterContainerInstance(cluster: "web", "h-1", force: true)
        }
        #expect(reason?.isUnreadableAnswer == true)
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
