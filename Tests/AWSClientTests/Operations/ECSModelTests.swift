import Testing

@testable import AWSClient

@Suite("ECS: what is read")
struct ECSModelTests {
    @Test("a task has what a drain needs, addresses included")
    func task() async throws {
        let described = try await ECS(ScriptedCaller(taskAnswer)).describeTasks(cluster: "web", ["t"])
        #expect(
            described.found == [
                .init(
                    taskArn: "arn:aws:ecs:eu-west-1:111122223333:task/web/1f1", containerInstanceArn: "host",
                    group: "service:shop", startedBy: "ecs-svc/1234567890123456789", desiredStatus: "RUNNING",
                    lastStatus: "DAYDREAMING", healthStatus: "HEALTHY", taskDefinitionArn: "td:7",
                    privateAddresses: ["10.0.0.7", "2001:db8::7"], createdAt: 1_700_000_000.123, stoppedAt: nil,
                    stoppedReason: nil)
            ])
    }

    @Test("a stopped task has its time and reason")
    func stoppedTask() async throws {
        let body = """
            {"tasks":[{"taskArn":"t","desiredStatus":"STOPPED","lastStatus":"STOPPED","attachments":null,
             "stoppedAt":1.7000000005E9,"stoppedReason":"Scaling activity initiated by (deployment ecs-svc/1)"}],
             "failures":[]}
            """
        let task = try #require(try await ECS(ScriptedCaller(body)).describeTasks(cluster: "web", ["t"]).found.first)
        #expect(task.stoppedAt == 1_700_000_000.5)
        #expect(task.stoppedReason == "Scaling activity initiated by (deployment ecs-svc/1)")
        #expect(task.containerInstanceArn == nil && task.privateAddresses.isEmpty)
    }

    @Test("a task without a last status is unreadable")
    func taskWithoutStatus() async {
        let caller = ScriptedCaller(#"{"tasks":[{"taskArn":"t","desiredStatus":"RUNNING"}],"failures":[]}"#)
        let reason = await reason { () async throws(AWSError) in
            try await ECS(caller).describeTasks(cluster: "web", ["t"])
        }
        #expect(reason == .unreadableAnswer("no lastStatus in tasks.Index 0"))
    }

    @Test("a container instance has its status and counts")
    func containerInstance() async throws {
        let body = """
            {"containerInstances":[{"containerInstanceArn":"h","ec2InstanceId":"i-0a","status":"SLEEPWALKING",
             "agentConnected":false,"runningTasksCount":2,"pendingTasksCount":1,"version":3}],"failures":[]}
            """
        let described = try await ECS(ScriptedCaller(body)).describeContainerInstances(cluster: "web", ["h"])
        #expect(
            described.found == [
                .init(
                    containerInstanceArn: "h", ec2InstanceId: "i-0a", status: "SLEEPWALKING", agentConnected: false,
                    runningTasksCount: 2, pendingTasksCount: 1)
            ])
    }

    @Test("a service has its counts, limits, deployments, load balancers and events")
    func service() async throws {
        let described = try await ECS(ScriptedCaller(serviceAnswer)).describeServices(cluster: "web", ["shop"])
        #expect(
            described.found == [
                .init(
                    serviceName: "shop", serviceArn: "arn:aws:ecs:eu-west-1:111122223333:service/web/shop",
                    status: "ACTIVE", desiredCount: 3, runningCount: 2, pendingCount: 1,
                    schedulingStrategy: "REPLICA", deploymentControllerType: "ECS", minimumHealthyPercent: 50,
                    maximumPercent: 200,
                    deployments: [
                        .init(status: "PRIMARY", rolloutState: "IN_PROGRESS", desiredCount: 3, runningCount: 2)
                    ],
                    loadBalancers: [
                        .init(
                            targetGroupArn: "tg", advancedConfiguration: nil, loadBalancerName: nil,
                            containerName: "app", containerPort: 8080),
                        .init(
                            targetGroupArn: nil, advancedConfiguration: nil, loadBalancerName: "classic",
                            containerName: "app", containerPort: 8081),
                    ],
                    events: [.init(message: "(service shop) has started 1 tasks.", createdAt: 1_700_000_100)])
            ])
    }

    @Test("a service without optional parts is read all the same")
    func bareService() async throws {
        let body = """
            {"services":[{"serviceName":"agent","serviceArn":"a","status":"DRAINING","desiredCount":0,"runningCount":0,
             "pendingCount":0,"schedulingStrategy":"DAEMON"}]}
            """
        let service = try #require(
            try await ECS(ScriptedCaller(body)).describeServices(cluster: "web", ["agent"]).found.first)
        #expect(service.schedulingStrategy == "DAEMON")
        #expect(service.minimumHealthyPercent == nil && service.deploymentControllerType == nil)
        #expect(service.deployments.isEmpty && service.loadBalancers.isEmpty && service.events.isEmpty)
    }

    @Test("a blue/green service's load balancer names the target group to which the traffic moves")
    func alternateTargetGroup() async throws {
        let body = serviceAnswer.replacing(
            #"{"targetGroupArn":"tg","#,
            with: #"{"targetGroupArn":"blue","advancedConfiguration":{"alternateTargetGroupArn":"green","#
                + #""productionListenerRule":"rule","roleArn":"role"},"#)
        let service = try #require(
            try await ECS(ScriptedCaller(body)).describeServices(cluster: "web", ["shop"]).found.first)
        let balancer = try #require(service.loadBalancers.first)
        #expect(balancer.targetGroupArn == "blue")
        #expect(balancer.advancedConfiguration?.alternateTargetGroupArn == "green")
    }

    @Test("the load balancers of a service's task sets are the service's")
    func taskSets() async throws {
        let body = serviceAnswer.replacing(
            #""availabilityZoneRebalancing""#,
            with: """
                "taskSets":[{"id":"ecs-svc/1","status":"PRIMARY","loadBalancers":[{"targetGroupArn":"blue"}]},
                 {"id":"ecs-svc/2","status":"ACTIVE"}],"availabilityZoneRebalancing"
                """)
        let service = try #require(
            try await ECS(ScriptedCaller(body)).describeServices(cluster: "web", ["shop"]).found.first)
        #expect(service.loadBalancers.compactMap(\.targetGroupArn) == ["tg", "blue"])
    }

    @Test("a service that does not say how many tasks it desires does not desire none")
    func serviceWithoutCount() async {
        let body = serviceAnswer.replacing(#""desiredCount":3,"runningCount":2,"pendingCount":1"#, with: #""x":0"#)
        let reason = await reason { () async throws(AWSError) in
            try await ECS(ScriptedCaller(body)).describeServices(cluster: "web", ["shop"])
        }
        #expect(reason == .unreadableAnswer("no desiredCount in services.Index 0"))
    }

    @Test("a task has its protection from scale-in and its end; ECS leaves out those that have ended")
    func protection() async throws {
        let caller = ScriptedCaller(
            """
            {"failures":[{"arn":"t-3","reason":"TASK_NOT_VALID","detail":"the task is stopped"}],"protectedTasks":[
             {"taskArn":"t-1","protectionEnabled":true,"expirationDate":1.7E9},
             {"taskArn":"t-2","protectionEnabled":false}]}
            """)
        let tasks = try await ECS(caller).getTaskProtection(cluster: "web", ["t-1", "t-2", "t-3"])
        #expect(
            tasks == [
                .init(taskArn: "t-1", protectionEnabled: true, expirationDate: 1_700_000_000),
                .init(taskArn: "t-2", protectionEnabled: false, expirationDate: nil),
            ])
        #expect(caller.bodies == [#"{"cluster":"web","tasks":["t-1","t-2","t-3"]}"#])
    }

    @Test("a task definition tells which containers are essential and have a health check")
    func taskDefinition() async throws {
        let caller = ScriptedCaller(
            """
            {"taskDefinition":{"taskDefinitionArn":"td:7","family":"shop","revision":7,"containerDefinitions":[
             {"name":"app","essential":true,"healthCheck":{"command":["CMD-SHELL","true"],"interval":30}},
             {"name":"log","essential":false,"healthCheck":null},{"name":"mesh"}]},"tags":[]}
            """)
        let definition = try await ECS(caller).describeTaskDefinition("td:7")
        #expect(
            definition
                == .init(
                    taskDefinitionArn: "td:7", family: "shop",
                    containerDefinitions: [
                        .init(name: "app", essential: true, hasHealthCheck: true),
                        .init(name: "log", essential: false, hasHealthCheck: false),
                        .init(name: "mesh", essential: true, hasHealthCheck: false),
                    ]))
        #expect(caller.bodies == [#"{"taskDefinition":"td:7"}"#])
    }
}

private let taskAnswer = """
    {"failures":[],"tasks":[{
      "attachments":[{"id":"e1","type":"ElasticNetworkInterface","status":"ATTACHED","details":[
        {"name":"subnetId","value":"subnet-1"},{"name":"privateIPv4Address","value":"10.0.0.7"},
        {"name":"privateIPv6Address","value":"2001:db8::7"}]},{"type":"AmazonElasticBlockStorage"}],
      "clusterArn":"arn:aws:ecs:eu-west-1:111122223333:cluster/web","connectivity":"CONNECTED",
      "containerInstanceArn":"host","containers":[{"name":"app","healthStatus":"HEALTHY"}],"cpu":"256",
      "createdAt":1.700000000123E9,"desiredStatus":"RUNNING","group":"service:shop","healthStatus":"HEALTHY",
      "lastStatus":"DAYDREAMING","launchType":"EC2","startedBy":"ecs-svc/1234567890123456789",
      "taskArn":"arn:aws:ecs:eu-west-1:111122223333:task/web/1f1","taskDefinitionArn":"td:7","version":4}]}
    """

private let serviceAnswer = """
    {"failures":[],"services":[{
      "serviceArn":"arn:aws:ecs:eu-west-1:111122223333:service/web/shop","serviceName":"shop","status":"ACTIVE",
      "desiredCount":3,"runningCount":2,"pendingCount":1,"launchType":"EC2","schedulingStrategy":"REPLICA",
      "deploymentConfiguration":{"deploymentCircuitBreaker":{"enable":true,"rollback":true},
        "maximumPercent":200,"minimumHealthyPercent":50},
      "deploymentController":{"type":"ECS"},
      "deployments":[{"id":"ecs-svc/1","status":"PRIMARY","desiredCount":3,"pendingCount":1,"runningCount":2,
        "failedTasks":0,"createdAt":1.7E9,"rolloutState":"IN_PROGRESS"}],
      "events":[{"id":"e","createdAt":1.7000001E9,"message":"(service shop) has started 1 tasks."}],
      "loadBalancers":[{"targetGroupArn":"tg","containerName":"app","containerPort":8080},
        {"loadBalancerName":"classic","containerName":"app","containerPort":8081}],
      "availabilityZoneRebalancing":"ENABLED","createdAt":1.7E9}]}
    """
