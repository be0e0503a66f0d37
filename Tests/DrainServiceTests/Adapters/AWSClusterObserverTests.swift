import AWSClient
import DrainEngine
import DrainModel
import Testing

@testable import DrainService

@Suite("A look at a cluster")
struct AWSClusterObserverTests {
    private static let host = """
        {"containerInstanceArn":"host-1","ec2InstanceId":"i-1","status":"DRAINING","agentConnected":true,\
        "runningTasksCount":1,"pendingTasksCount":0}
        """

    private static func task(_ arn: String, on host: String, status: String, health: String = "HEALTHY") -> String {
        """
        {"taskArn":"\(arn)","containerInstanceArn":"\(host)","group":"service:web","desiredStatus":"\(status)",\
        "lastStatus":"\(status)","healthStatus":"\(health)","taskDefinitionArn":"web:1"}
        """
    }

    /// One instance with `old` on it, its replacement `new` elsewhere, and a target group.
    private static let answers: [String: ScriptedAWS.Answer] = [
        "DescribeContainerInstances": { _ in #"{"containerInstances":[\#(host)],"failures":[]}"# },
        "DescribeServices": { _ in
            """
            {"services":[{"serviceName":"web","serviceArn":"arn:web","status":"ACTIVE","desiredCount":1,"runningCount":1,
            "pendingCount":0,"schedulingStrategy":"REPLICA","deployments":[],"events":[],
            "loadBalancers":[{"targetGroupArn":"tg-1"}]}],"failures":[]}
            """
        },
        "ListTasks": { body in
            if body.contains("serviceName") { return #"{"taskArns":["new"]}"# }
            return body.contains("STOPPED") ? #"{"taskArns":["old"]}"# : #"{"taskArns":[]}"#
        },
        "DescribeTasks": { body in
            let tasks = [
                body.contains("old") ? task("old", on: "host-1", status: "STOPPED") : nil,
                body.contains("new") ? task("new", on: "host-2", status: "RUNNING") : nil,
            ]
            return #"{"tasks":[\#(tasks.compactMap(\.self).joined(separator: ","))],"failures":[]}"#
        },
        "DescribeTargetHealth": { _ in
            """
            <DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions><member>
            <Target><Id>i-2</Id><Port>80</Port></Target><TargetHealth><State>healthy</State></TargetHealth>
            </member></TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>
            """
        },
    ]

    private func look(
        _ aws: ScriptedAWS, knownTasks: Set<TaskARN> = ["old"], mustList: Bool = false
    ) async throws -> ClusterSnapshot {
        let observer = AWSClusterObserver(caller: aws, servedClusters: ["web"], clock: SystemClock())
        let host = LookRequest.Host(knownTasks: knownTasks, mustList: mustList)
        return try await observer.look(LookRequest(cluster: "web", hosts: ["host-1": host], services: ["web"]))
    }

    private func changed(_ operation: String, _ answer: @escaping ScriptedAWS.Answer) -> ScriptedAWS {
        ScriptedAWS(Self.answers.merging([operation: answer]) { _, new in new })
    }

    @Test("shows the instance, its tasks, their replacements, services and targets")
    func whole() async throws {
        let snapshot = try await look(ScriptedAWS(Self.answers))
        #expect(snapshot.containerInstances["host-1"]?.status == .draining)
        #expect(snapshot.tasks["old"]?.isStopped == true)
        #expect(snapshot.tasks["new"]?.health == .healthy)
        #expect(snapshot.services["web"]?.desiredCount == 1)
        #expect(snapshot.targetGroups["tg-1"]?.targets == [.init(id: "i-2", port: 80, state: "healthy")])
    }

    @Test("describes old tasks and replacements in one call, so that both are seen at one moment")
    func oneMoment() async throws {
        let aws = ScriptedAWS(Self.answers)
        _ = try await look(aws)
        #expect(aws.operations.count { $0 == "DescribeTasks" } == 1)
    }

    @Test("lists the instance's tasks, stopped ones too, when every task that was known has ended")
    func listsBeforeTheEnd() async throws {
        let snapshot = try await look(ScriptedAWS(Self.answers))
        #expect(snapshot.listedContainerInstances == ["host-1"])
    }

    @Test("does not list them while a known task runs")
    func savesListings() async throws {
        let aws = changed("DescribeTasks") { _ in
            #"{"tasks":[\#(Self.task("old", on: "host-1", status: "RUNNING")),"#
                + #"\#(Self.task("new", on: "host-2", status: "RUNNING"))],"failures":[]}"#
        }
        #expect(try await look(aws).listedContainerInstances.isEmpty)
        #expect(aws.bodies(of: "ListTasks").allSatisfy { $0.contains("serviceName") })
    }

    @Test("fails as a whole when any of its calls fails", arguments: answers.keys.sorted())
    func halfALookIsNone(operation: String) async {
        let aws = changed(operation) { _ throws(AWSError.Reason) in throw .unreachable("away") }
        await #expect(throws: ObservationFailure.self) { try await look(aws) }
    }

    @Test("fails when ECS could not describe a task for another reason than that it is missing")
    func unexplainedFailure() async {
        let aws = changed("DescribeTasks") { _ in #"{"tasks":[],"failures":[{"arn":"old","reason":"INTERNAL"}]}"# }
        await #expect(throws: ObservationFailure.self) { try await look(aws) }
    }

    @Test("notes a task that ECS has forgotten")
    func forgotten() async throws {
        let aws = changed("DescribeTasks") { body in
            body.contains("old")
                ? #"{"tasks":[\#(Self.task("new", on: "host-2", status: "RUNNING"))],"#
                    + #""failures":[{"arn":"old","reason":"MISSING"}]}"#
                : #"{"tasks":[\#(Self.task("new", on: "host-2", status: "RUNNING"))],"failures":[]}"#
        }
        #expect(try await look(aws).forgottenTasks == ["old"])
    }

    @Test("leaves out a target group that was deleted")
    func deletedTargetGroup() async throws {
        let aws = changed("DescribeTargetHealth") { _ throws(AWSError.Reason) in
            throw .refused(code: "TargetGroupNotFound", message: "gone", status: 400, requestID: nil)
        }
        #expect(try await look(aws).targetGroups.isEmpty)
    }

    @Test(
        "tells a task without health check from one whose check has not concluded",
        arguments: [(#""healthCheck":{"command":["CMD","true"]},"#, ObservedTask.Health.starting), ("", .notChecked)])
    func unknownHealth(healthCheck: String, health: ObservedTask.Health) async throws {
        var answers = Self.answers
        answers["DescribeTasks"] = { _ in
            #"{"tasks":[\#(Self.task("old", on: "host-1", status: "STOPPED")),"#
                + #"\#(Self.task("new", on: "host-2", status: "RUNNING", health: "UNKNOWN"))],"failures":[]}"#
        }
        answers["DescribeTaskDefinition"] = { _ in
            #"{"taskDefinition":{"taskDefinitionArn":"web:1","family":"web","revision":1,"containerDefinitions":[{\#(healthCheck)"name":"web","#
                + #""essential":true}]}}"#
        }
        #expect(try await look(ScriptedAWS(answers)).tasks["new"]?.health == health)
    }

    @Test("asks for a task definition once, whatever the number of looks")
    func remembersDefinitions() async throws {
        var answers = Self.answers
        answers["DescribeTasks"] = { _ in
            #"{"tasks":[\#(Self.task("new", on: "host-2", status: "RUNNING", health: "UNKNOWN"))],"failures":[]}"#
        }
        answers["DescribeTaskDefinition"] = { _ in
            #"{"taskDefinition":{"taskDefinitionArn":"web:1","family":"web","revision":1,"containerDefinitions":[{"name":"web","essential":true}]}}"#
        }
        let aws = ScriptedAWS(answers)
        let observer = AWSClusterObserver(caller: aws, servedClusters: ["web"], clock: SystemClock())
        for _ in 0..<3 { _ = try await observer.look(LookRequest(cluster: "web", services: ["web"])) }
        #expect(aws.operations.count { $0 == "DescribeTaskDefinition" } == 1)
    }
}

@Suite("A search for instances")
struct InstanceSearchTests {
    private func locate(_ aws: ScriptedAWS, in clusters: [ClusterName], _ ids: [String]) async throws -> Whereabouts {
        try await AWSClusterObserver(caller: aws, servedClusters: clusters, clock: SystemClock())
            .locate(Set(ids.map { InstanceID($0) }))
    }

    /// Container instance `host-N` is EC2 instance `i-N`; only those given are registered, in cluster `web`.
    private func aws(registered: [Int]) -> ScriptedAWS {
        ScriptedAWS([
            "ListClusters": { _ in
                #"{"clusterArns":["arn:aws:ecs:eu-west-1:1:cluster/empty","arn:aws:ecs:eu-west-1:1:cluster/web"]}"#
            },
            "ListContainerInstances": { body in
                let here = body.contains(#""cluster":"web""#) ? registered : []
                return #"{"containerInstanceArns":[\#(here.map { "\"host-\($0)\"" }.joined(separator: ","))]}"#
            },
            "DescribeContainerInstances": { _ in
                let hosts = registered.map { number in
                    """
                    {"containerInstanceArn":"host-\(number)","ec2InstanceId":"i-\(number)","status":"ACTIVE",\
                    "agentConnected":true,"runningTasksCount":0,"pendingTasksCount":0}
                    """
                }
                return #"{"containerInstances":[\#(hosts.joined(separator: ","))],"failures":[]}"#
            },
        ])
    }

    @Test("tells those that are registered from those that are nowhere")
    func foundAndAbsent() async throws {
        let whereabouts = try await locate(aws(registered: [1]), in: ["web"], ["i-1", "i-2"])
        #expect(whereabouts.found == ["i-1": Drain.Location(cluster: "web", containerInstance: "host-1")])
        #expect(whereabouts.absent == ["i-2"])
    }

    @Test("covers every cluster of the account when none is named")
    func allClusters() async throws {
        let whereabouts = try await locate(aws(registered: [1]), in: [], ["i-1"])
        #expect(whereabouts.found["i-1"]?.cluster == "web")
    }

    @Test("asks for many instances in few calls")
    func batches() async throws {
        let aws = aws(registered: Array(1...20))
        _ = try await locate(aws, in: ["web"], (1...20).map { "i-\($0)" })
        #expect(aws.operations == ["ListContainerInstances", "DescribeContainerInstances"])
    }

    @Test("calls nobody absent when a cluster could not be asked")
    func failure() async {
        await #expect(throws: ObservationFailure.self) { try await locate(ScriptedAWS([:]), in: ["web"], ["i-1"]) }
    }
}
