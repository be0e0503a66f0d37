import AWSClient
import DrainEngine
import DrainModel
import Testing

@testable import DrainService

@Suite("A read")
struct AWSClusterObserverTests {
    private static let groupForm = "DescribeAutoScalingGroups Action=DescribeAutoScalingGroups&Version=2011-01-01"

    /// Each kind of read, and all that AWS is sent for it.
    private static let requests: [(Read, String)] = [
        (.listClusters(page: nil), "ListClusters {}"),
        (.listClusters(page: "p2"), #"ListClusters {"nextToken":"p2"}"#),
        (.describeClusters(["web", "db"]), #"DescribeClusters {"clusters":["web","db"]}"#),
        (
            .describeCapacityProviders(["p"], page: "p2"),
            #"DescribeCapacityProviders {"capacityProviders":["p"],"nextToken":"p2"}"#
        ),
        (
            .listContainerInstances("web", ["i-1"], page: nil),
            #"ListContainerInstances {"cluster":"web","filter":"ec2InstanceId == i-1"}"#
        ),
        (
            .listContainerInstances("web", ["i-1", "i-2"], page: "p2"),
            #"ListContainerInstances {"cluster":"web","filter":"ec2InstanceId in [i-1, i-2]","nextToken":"p2"}"#
        ),
        (
            .describeContainerInstances("web", ["host-1", "host-2"]),
            #"DescribeContainerInstances {"cluster":"web","containerInstances":["host-1","host-2"]}"#
        ),
        (
            .listTasks("web", .containerInstance("host-1"), .stopped, page: nil),
            #"ListTasks {"cluster":"web","containerInstance":"host-1","desiredStatus":"STOPPED"}"#
        ),
        (
            .listTasks("web", .service("shop"), .running, page: "p2"),
            #"ListTasks {"cluster":"web","desiredStatus":"RUNNING","nextToken":"p2","serviceName":"shop"}"#
        ),
        (.describeTasks("web", ["t-1", "t-2"]), #"DescribeTasks {"cluster":"web","tasks":["t-1","t-2"]}"#),
        (.describeServices("web", ["shop"]), #"DescribeServices {"cluster":"web","services":["shop"]}"#),
        (.describeTaskDefinition("shop:7"), #"DescribeTaskDefinition {"taskDefinition":"shop:7"}"#),
        (.getTaskProtection("web", ["t-1"]), #"GetTaskProtection {"cluster":"web","tasks":["t-1"]}"#),
        (
            .describeInstances(["i-1", "i-2"], page: nil),
            "DescribeInstances Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-id"
                + "&Filter.1.Value.1=i-1&Filter.1.Value.2=i-2"
        ),
        (
            .describeTargetHealth("tg"),
            "DescribeTargetHealth Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=tg"
        ),
        (
            .describeInstanceHealth("classic"),
            "DescribeInstanceHealth Action=DescribeInstanceHealth&Version=2012-06-01&LoadBalancerName=classic"
        ),
        (
            .describeLifecycleHooks("asg"),
            "DescribeLifecycleHooks Action=DescribeLifecycleHooks&Version=2011-01-01&AutoScalingGroupName=asg"
        ),
        (.describeAutoScalingGroups([], page: nil), groupForm + "&MaxRecords=100"),
        (
            .describeAutoScalingGroups(["asg"], page: "p2"),
            groupForm + "&AutoScalingGroupNames.member.1=asg&MaxRecords=100&NextToken=p2"
        ),
        (
            .describeWarmPool("asg", page: "p2"),
            "DescribeWarmPool Action=DescribeWarmPool&Version=2011-01-01&AutoScalingGroupName=asg&MaxRecords=50"
                + "&NextToken=p2"
        ),
    ]

    private func answer(_ aws: ScriptedAWS, to read: Read) async -> ReadAnswer {
        await AWSClusterObserver(caller: aws).answer(to: read)
    }

    @Test("sends one request, which asks for all of it and no more", arguments: requests)
    func request(read: Read, request: String) async {
        let aws = ScriptedAWS(failing: .unreachable("away"))
        _ = await answer(aws, to: read)
        #expect(aws.requests.map(\.text) == [request])
    }

    @Test("is sent once and must be answered within ten seconds", arguments: requests)
    func limits(read: Read, _: String) async {
        let aws = ScriptedAWS(failing: .unreachable("away"))
        _ = await answer(aws, to: read)
        #expect(aws.requests.map(\.attempts) == [1])
        #expect(aws.timeLimits == [.seconds(10)])
    }

    @Test("fails with the reason when AWS does not answer", arguments: requests)
    func unanswered(read: Read, request: String) async throws {
        let operation = try #require(request.split(separator: " ").first)
        #expect(
            await answer(ScriptedAWS(failing: .unreachable("away")), to: read)
                == .failed(ReadFailure("\(operation): no answer: away", isUnanswered: true)))
    }

    @Test(
        "tells a refusal of too many requests from others", arguments: [("Throttling", true), ("AccessDenied", false)])
    func throttled(code: String, isThrottling: Bool) async {
        #expect(
            await answer(ScriptedAWS(failing: .refused(code)), to: .listClusters(page: nil))
                == .failed(ReadFailure("ListClusters: \(code) (HTTP 400): no", isThrottling: isThrottling)))
    }

    @Test("tells a cluster that does not exist from one that cannot be seen")
    func noCluster() async {
        #expect(
            await answer(
                ScriptedAWS(failing: .refused("ClusterNotFoundException")),
                to: .listContainerInstances("web", ["i-1"], page: nil))
                == .failed(
                    ReadFailure("ListContainerInstances: ClusterNotFoundException (HTTP 400): no", isNotFound: true)))
    }

    @Test("fails when ECS could not describe something for another reason than that it is missing")
    func unexplainedFailure() async {
        let aws = ScriptedAWS(#"{"tasks":[],"failures":[{"arn":"t-1","reason":"INTERNAL"}]}"#)
        #expect(
            await answer(aws, to: .describeTasks("web", ["t-1"]))
                == .failed(ReadFailure("DescribeTasks: failures: INTERNAL t-1")))
    }

    @Test("fails when ECS leaves out what was asked for without a word")
    func gap() async {
        #expect(
            await answer(ScriptedAWS(#"{"services":[],"failures":[]}"#), to: .describeServices("web", ["shop"]))
                == .failed(
                    ReadFailure(
                        "DescribeServices: unreadable answer: 1 of 1 asked for are neither described nor a failure")))
    }
}

@Suite("What AWS answers becomes")
struct ReadAnswerTests {
    private func answer(to read: Read, _ body: String) async -> ReadAnswer {
        await AWSClusterObserver(caller: ScriptedAWS(body)).answer(to: read)
    }

    private static func result(_ operation: String, _ content: String) -> String {
        "<\(operation)Response><\(operation)Result>\(content)</\(operation)Result></\(operation)Response>"
    }

    // MARK: Lists

    @Test("clusters by their short names, and where the next page begins")
    func clusters() async {
        let body = #"{"clusterArns":["arn:aws:ecs:eu-west-1:1:cluster/web"],"nextToken":"p2"}"#
        #expect(await answer(to: .listClusters(page: nil), body) == .clusters(["web"], next: "p2"))
    }

    @Test("a list's last page when its token is empty")
    func lastPage() async {
        let body = #"{"taskArns":["t-1"],"nextToken":""}"#
        #expect(
            await answer(to: .listTasks("web", .service("shop"), .running, page: nil), body)
                == .taskARNs(["t-1"], next: nil))
    }

    @Test("container instances by their ARNs")
    func containerInstanceARNs() async {
        let body = #"{"containerInstanceArns":["host-1"],"nextToken":"p2"}"#
        #expect(
            await answer(to: .listContainerInstances("web", ["i-1"], page: nil), body)
                == .containerInstanceARNs(["host-1"], next: "p2"))
    }

    // MARK: Container instances

    @Test(
        "a container instance's status, in our words where we have one",
        arguments: [
            ("ACTIVE", .active), ("DRAINING", .draining), ("INACTIVE", .inactive),
            ("REGISTERING", .other("REGISTERING")),
        ] as [(String, ContainerInstance.Status)])
    func containerInstance(word: String, status: ContainerInstance.Status) async {
        let body = """
            {"containerInstances":[{"containerInstanceArn":"host-1","ec2InstanceId":"i-1","status":"\(word)",
             "agentConnected":false,"runningTasksCount":1,"pendingTasksCount":0}],"failures":[]}
            """
        #expect(
            await answer(to: .describeContainerInstances("web", ["host-1"]), body)
                == .containerInstances([
                    ContainerInstance(arn: "host-1", instance: "i-1", status: status, agentConnected: false)
                ]))
    }

    @Test("nothing where ECS knows no such container instance")
    func missingContainerInstance() async {
        let body = #"{"containerInstances":[],"failures":[{"arn":"host-1","reason":"MISSING"}]}"#
        #expect(
            await answer(to: .describeContainerInstances("web", ["host-1"]), body) == .containerInstances([]))
    }

    // MARK: Capacity providers

    @Test("the capacity providers of clusters, and none of one without")
    func clusterProviders() async {
        let body = #"{"clusters":[{"clusterName":"web","capacityProviders":["p"]},{"clusterName":"db"}],"failures":[]}"#
        #expect(
            await answer(to: .describeClusters(["web", "db"]), body) == .capacityProviders(["web": ["p"], "db": []]))
    }

    @Test("the groups of capacity providers by their names, and where the next page begins")
    func providedGroups() async {
        let arn = "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:a-b-c:autoScalingGroupName/web/asg"
        let body = """
            {"capacityProviders":[{"name":"p","autoScalingGroupProvider":{"autoScalingGroupArn":"\(arn)"}},
             {"name":"FARGATE"}],"nextToken":"p2"}
            """
        #expect(
            await answer(to: .describeCapacityProviders(["p", "FARGATE"], page: nil), body)
                == .providedGroups(["p": "web/asg"], next: "p2"))
    }

    // MARK: Warm pools

    @Test("those of a warm pool that wait for a hook, and where they are on their way to")
    func warmPool() async {
        let states = ["Warmed:Pending:Wait", "Warmed:Terminating:Wait", "Warmed:Stopped", "Warmed:Levitating"]
        let members = states.enumerated().map { number, state in
            "<member><InstanceId>i-\(number)</InstanceId><LifecycleState>\(state)</LifecycleState>"
                + "<HealthStatus>Healthy</HealthStatus></member>"
        }
        let body = Self.result(
            "DescribeWarmPool", "<Instances>\(members.joined())</Instances><NextToken>p2</NextToken>")
        #expect(
            await answer(to: .describeWarmPool("asg", page: nil), body)
                == .warmPool(["i-0": .entering, "i-1": .ending], next: "p2"))
    }

    // MARK: Machines

    @Test("the states of the machines that EC2 knows, in its own words")
    func machines() async {
        let body = """
            <DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>
            <instanceState><name>stopped</name></instanceState></item></instancesSet></item></reservationSet>
            <nextToken>p2</nextToken></DescribeInstancesResponse>
            """
        #expect(
            await answer(to: .describeInstances(["i-1", "i-2"], page: nil), body)
                == .machines(["i-1": "stopped"], next: "p2"))
    }

    // MARK: Tasks

    private func task(_ fields: String) async -> ObservedTask? {
        let body = #"{"tasks":[{"taskArn":"t","desiredStatus":"RUNNING","lastStatus":"RUNNING"\#(fields)}]}"#
        guard case .tasks(let tasks, missing: []) = await answer(to: .describeTasks("web", ["t"]), body) else {
            return nil
        }
        return tasks.first
    }

    @Test("a task with its place, statuses, definition and addresses")
    func wholeTask() async {
        let body = """
            {"tasks":[{"taskArn":"t","containerInstanceArn":"host-1","group":"service:shop","desiredStatus":"STOPPED",
             "lastStatus":"STOPPED","healthStatus":"HEALTHY","taskDefinitionArn":"shop:7","stoppedAt":1.5,
             "attachments":[{"details":[{"name":"privateIPv4Address","value":"10.0.0.7"}]}]}],"failures":[]}
            """
        let task = ObservedTask(
            arn: "t", containerInstance: "host-1", service: "shop", desiredStatus: "STOPPED", lastStatus: "STOPPED",
            health: .healthy, taskDefinition: "shop:7", stoppedAt: Timestamp(millisecondsSinceEpoch: 1500),
            addresses: ["10.0.0.7"])
        #expect(await answer(to: .describeTasks("web", ["t"]), body) == .tasks([task], missing: []))
    }

    @Test(
        "a task of the service that its group names; other groups are no service's",
        arguments: [
            (#","group":"service:shop""#, "shop"), (#","group":"family:batch""#, nil), (#","group":"mine""#, nil),
            ("", nil),
        ] as [(String, ServiceName?)])
    func service(group: String, service: ServiceName?) async throws {
        #expect(try #require(await task(group)).service == service)
    }

    @Test(
        "a task's health; of one that is unknown, or not told, it stays unknown",
        arguments: [
            (#","healthStatus":"HEALTHY""#, .healthy), (#","healthStatus":"UNHEALTHY""#, .unhealthy),
            (#","healthStatus":"UNKNOWN""#, .unknown), ("", .unknown),
        ] as [(String, ObservedTask.Health)])
    func health(field: String, health: ObservedTask.Health) async throws {
        #expect(try #require(await task(field)).health == health)
    }

    @Test("a task that ECS has forgotten as missing")
    func missingTask() async {
        let body = #"{"tasks":[],"failures":[{"arn":"t","reason":"MISSING"}]}"#
        #expect(await answer(to: .describeTasks("web", ["t"]), body) == .tasks([], missing: ["t"]))
    }

    @Test(
        "a task definition with a health check only when an essential container has one",
        arguments: [
            (#"{"name":"app","essential":true,"healthCheck":{}}"#, true), (#"{"name":"app","healthCheck":{}}"#, true),
            (#"{"name":"app"},{"name":"log","essential":false,"healthCheck":{}}"#, false), (#"{"name":"app"}"#, false),
        ])
    func taskDefinition(containers: String, hasHealthCheck: Bool) async {
        let body = #"{"taskDefinition":{"taskDefinitionArn":"a","family":"f","containerDefinitions":[\#(containers)]}}"#
        #expect(
            await answer(to: .describeTaskDefinition("a"), body) == .taskDefinition(hasHealthCheck: hasHealthCheck))
    }

    @Test("protection of the tasks that are protected, and until when")
    func protection() async {
        let body = """
            {"protectedTasks":[{"taskArn":"t-1","protectionEnabled":true,"expirationDate":1.5},
             {"taskArn":"t-2","protectionEnabled":false}],"failures":[{"arn":"t-3","reason":"TASK_NOT_VALID"}]}
            """
        #expect(
            await answer(to: .getTaskProtection("web", ["t-1", "t-2", "t-3"]), body)
                == .protectedTasks(["t-1": Timestamp(millisecondsSinceEpoch: 1500)]))
    }

    // MARK: Services

    private func service(_ fields: String) async -> ObservedService? {
        let body = """
            {"services":[{"serviceName":"shop","serviceArn":"a","desiredCount":2,"runningCount":2,"pendingCount":0,
             "schedulingStrategy":"REPLICA","status":"ACTIVE"\(fields)}],"failures":[]}
            """
        guard case .services(let services) = await answer(to: .describeServices("web", ["shop"]), body) else {
            return nil
        }
        return services.first
    }

    @Test("a service with AWS's own limits where it tells none")
    func bareService() async {
        #expect(
            await service("")
                == ObservedService(name: "shop", desiredCount: 2, minimumHealthyPercent: 100, maximumPercent: 200))
    }

    @Test("a service with its limits, load balancers, events of the last ten minutes and failed deployment")
    func wholeService() async {
        let fields = """
            ,"deploymentConfiguration":{"minimumHealthyPercent":50,"maximumPercent":150},
            "loadBalancers":[{"targetGroupArn":"tg-b"},{"targetGroupArn":"tg-a"},{"loadBalancerName":"classic"}],
            "events":[{"message":"new","createdAt":1700000600.5},{"message":"old","createdAt":1700000000.5},
            {"message":"ancient","createdAt":1700000000.4}],
            "deployments":[{"status":"PRIMARY","rolloutState":"FAILED"}]
            """
        #expect(
            await service(fields)
                == ObservedService(
                    name: "shop", desiredCount: 2, minimumHealthyPercent: 50, maximumPercent: 150,
                    targetGroups: ["tg-a", "tg-b"], classicLoadBalancers: ["classic"], deploymentFailed: true,
                    recentEvents: ["new", "old"]))
    }

    @Test("a failed deployment only where it is the present one")
    func olderDeployment() async throws {
        let fields = #","deployments":[{"status":"PRIMARY"},{"status":"ACTIVE","rolloutState":"FAILED"}]"#
        #expect(try #require(await service(fields)).deploymentFailed == false)
    }

    @Test("a service that is not active, and a daemon", arguments: ["DRAINING", "INACTIVE"])
    func inactiveDaemon(status: String) async {
        let body = """
            {"services":[{"serviceName":"log","serviceArn":"a","desiredCount":2,"runningCount":2,"pendingCount":0,
             "schedulingStrategy":"DAEMON","status":"\(status)"}],"failures":[]}
            """
        #expect(
            await answer(to: .describeServices("web", ["log"]), body)
                == .services([ObservedService(name: "log", isActive: false, isDaemon: true, desiredCount: 2)]))
    }

    @Test("nothing where a service was deleted")
    func deletedService() async {
        let body = #"{"services":[],"failures":[{"arn":"shop","reason":"MISSING"}]}"#
        #expect(await answer(to: .describeServices("web", ["shop"]), body) == .services([]))
    }

    @Test("of a blue/green service, one target group and the other between which the traffic moves")
    func blueGreen() async throws {
        let fields = """
            ,"loadBalancers":[{"targetGroupArn":"blue","advancedConfiguration":{"alternateTargetGroupArn":"green"}},
            {"targetGroupArn":"plain"}]
            """
        let service = try #require(await service(fields))
        #expect(service.targetGroups == ["blue", "plain"])
        #expect(service.alternateTargetGroups == ["blue": ["green"]])
    }

    @Test(
        "of a service with task sets, one target group that any of theirs may stand for",
        arguments: ["CODE_DEPLOY", "EXTERNAL"])
    func taskSets(controller: String) async throws {
        let fields = """
            ,"deploymentController":{"type":"\(controller)"},"loadBalancers":[{"targetGroupArn":"blue"}],
            "taskSets":[{"loadBalancers":[{"targetGroupArn":"blue"}]},{"loadBalancers":[{"targetGroupArn":"green"}]}]
            """
        let service = try #require(await service(fields))
        #expect(service.targetGroups == ["blue"])
        #expect(service.alternateTargetGroups == ["blue": ["green"]])
    }

    // MARK: Load balancers

    @Test("targets with the state that they are in")
    func targets() async {
        let body = Self.result(
            "DescribeTargetHealth",
            """
            <TargetHealthDescriptions>
            <member><Target><Id>i-1</Id><Port>80</Port></Target><TargetHealth><State>healthy</State></TargetHealth></member>
            <member><Target><Id>10.0.0.7</Id></Target><TargetHealth><State>unused</State></TargetHealth></member>
            </TargetHealthDescriptions>
            """)
        #expect(
            await answer(to: .describeTargetHealth("tg"), body)
                == .targets([
                    .init(id: "i-1", port: 80, state: "healthy"), .init(id: "10.0.0.7", port: 0, state: "unused"),
                ]))
    }

    @Test("no targets, not even none, where the target group does not exist")
    func deletedTargetGroup() async {
        let aws = ScriptedAWS(failing: .refused("TargetGroupNotFound"))
        #expect(await AWSClusterObserver(caller: aws).answer(to: .describeTargetHealth("tg")) == .targets(nil))
    }

    @Test("no instances where the classic load balancer does not exist (any more)")
    func deletedLoadBalancer() async {
        let aws = ScriptedAWS(failing: .refused("LoadBalancerNotFound"))
        #expect(
            await AWSClusterObserver(caller: aws).answer(to: .describeInstanceHealth("classic")) == .instanceStates([:])
        )
    }

    @Test("the state of each instance of a classic load balancer")
    func instanceStates() async {
        let body = Self.result(
            "DescribeInstanceHealth",
            """
            <InstanceStates><member><InstanceId>i-1</InstanceId><State>InService</State></member>
            <member><InstanceId>i-2</InstanceId><State>OutOfService</State></member></InstanceStates>
            """)
        #expect(
            await answer(to: .describeInstanceHealth("classic"), body)
                == .instanceStates(["i-1": "InService", "i-2": "OutOfService"]))
    }

    // MARK: Auto Scaling

    @Test(
        "a hook with its transition, timeout, target and metadata",
        arguments: [("TERMINATING", .terminating), ("LAUNCHING", .launching)] as [(String, LifecycleTransition)])
    func hook(word: String, transition: LifecycleTransition) async {
        let body = Self.result(
            "DescribeLifecycleHooks",
            """
            <LifecycleHooks><member><AutoScalingGroupName>asg</AutoScalingGroupName>
            <LifecycleHookName>hook</LifecycleHookName>
            <LifecycleTransition>autoscaling:EC2_INSTANCE_\(word)</LifecycleTransition>
            <HeartbeatTimeout>300</HeartbeatTimeout><GlobalTimeout>30000</GlobalTimeout>
            <DefaultResult>CONTINUE</DefaultResult><NotificationTargetARN>topic</NotificationTargetARN>
            <NotificationMetadata>cluster=web</NotificationMetadata></member></LifecycleHooks>
            """)
        #expect(
            await answer(to: .describeLifecycleHooks("asg"), body)
                == .lifecycleHooks([
                    ObservedHook(
                        name: "hook", transition: transition, heartbeatTimeoutSeconds: 300,
                        notificationTarget: "topic", notificationMetadata: "cluster=web")
                ]))
    }

    private static func group(_ content: String) -> String {
        result(
            "DescribeAutoScalingGroups",
            """
            <AutoScalingGroups><member><AutoScalingGroupName>asg</AutoScalingGroupName>\(content)</member>
            </AutoScalingGroups><NextToken>p2</NextToken>
            """)
    }

    private func group(_ content: String) async -> ReadAnswer {
        await answer(to: .describeAutoScalingGroups([], page: nil), Self.group(content))
    }

    @Test("a group with those of its instances that wait for a termination hook")
    func waitingInstances() async {
        let states = [
            "InService", "Terminating", "Terminating:Wait", "Terminating:Proceed", "Terminating:Retained",
            "Pending:Wait",
        ]
        let members = states.enumerated().map { number, state in
            "<member><InstanceId>i-\(number)</InstanceId><LifecycleState>\(state)</LifecycleState>"
                + "<HealthStatus>Healthy</HealthStatus></member>"
        }
        #expect(
            await group("<Instances>\(members.joined())</Instances>")
                == .autoScalingGroups([ObservedGroup(name: "asg", waiting: ["i-2"])], next: "p2"))
    }

    @Test(
        "a group that retains what is abandoned, only where its policy says so",
        arguments: [("retain", true), ("terminate", false)])
    func retention(word: String, retains: Bool) async {
        let policy = """
            <Instances/><InstanceLifecyclePolicy><RetentionTriggers><TerminateHookAbandon>\(word)</TerminateHookAbandon>
            </RetentionTriggers></InstanceLifecyclePolicy>
            """
        #expect(
            await group(policy)
                == .autoScalingGroups([ObservedGroup(name: "asg", waiting: [], retainsAbandoned: retains)], next: "p2"))
    }
}
