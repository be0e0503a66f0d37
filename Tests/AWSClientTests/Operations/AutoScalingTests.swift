import Testing

@testable import AWSClient

@Suite("Auto Scaling")
struct AutoScalingTests {
    @Test("groups are described a page a call, the next by its token")
    func groupPage() async throws {
        let caller = ScriptedCaller(groupsAnswer(["a", "b"], nextToken: "t/3+="))
        let page = try await AutoScaling(caller).describeAutoScalingGroups(["web-asg", "größe & co"], page: "t2")
        #expect(page.items.map(\.name) == ["a", "b"])
        #expect(page.nextToken == "t/3+=")
        #expect(
            caller.bodies == [
                "Action=DescribeAutoScalingGroups&Version=2011-01-01&AutoScalingGroupNames.member.1=web-asg"
                    + "&AutoScalingGroupNames.member.2=gr%C3%B6%C3%9Fe%20%26%20co&MaxRecords=100&NextToken=t2"
            ])
    }

    @Test("no names mean all groups")
    func allGroups() async throws {
        let caller = ScriptedCaller(groupsAnswer(["a"]))
        #expect(try await AutoScaling(caller).describeAutoScalingGroups().nextToken == nil)
        #expect(caller.bodies == ["Action=DescribeAutoScalingGroups&Version=2011-01-01&MaxRecords=100"])
    }

    @Test("a group has its instances, of whatever lifecycle state")
    func group() async throws {
        let page = try await AutoScaling(ScriptedCaller(groupsAnswer(["web-asg"]))).describeAutoScalingGroups()
        #expect(
            page.items == [
                .init(
                    name: "web-asg",
                    instances: [
                        .init(
                            id: "i-0a", groupName: "web-asg", lifecycleState: "Terminating:Wait",
                            healthStatus: "Healthy"),
                        .init(
                            id: "i-0b", groupName: "web-asg", lifecycleState: "Levitating:Wait",
                            healthStatus: "Unhealthy"),
                    ], terminateHookAbandon: nil, hasWarmPool: false)
            ])
    }

    @Test("a hook is put with all its settings")
    func putHook() async throws {
        let caller = ScriptedCaller("<PutLifecycleHookResponse><PutLifecycleHookResult/></PutLifecycleHookResponse>")
        try await AutoScaling(caller).putLifecycleHook(
            group: "web-asg", hook: "drain",
            .init(
                transition: "autoscaling:EC2_INSTANCE_TERMINATING", heartbeatTimeout: 300, defaultResult: "CONTINUE",
                notificationTargetARN: "arn:aws:sns:eu-west-1:123456789012:hooks",
                roleARN: "arn:aws:iam::123456789012:role/hooks", notificationMetadata: "{}"))
        #expect(
            caller.bodies == [
                "Action=PutLifecycleHook&Version=2011-01-01&LifecycleHookName=drain&AutoScalingGroupName=web-asg"
                    + "&LifecycleTransition=autoscaling%3AEC2_INSTANCE_TERMINATING&HeartbeatTimeout=300"
                    + "&DefaultResult=CONTINUE&NotificationTargetARN=arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3Ahooks"
                    + "&RoleARN=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fhooks&NotificationMetadata=%7B%7D"
            ])
    }

    @Test("a hook is deleted by its name")
    func deleteHook() async throws {
        let caller = ScriptedCaller(
            "<DeleteLifecycleHookResponse><DeleteLifecycleHookResult/></DeleteLifecycleHookResponse>")
        try await AutoScaling(caller).deleteLifecycleHook(group: "web-asg", hook: "drain")
        #expect(
            caller.bodies == [
                "Action=DeleteLifecycleHook&Version=2011-01-01&LifecycleHookName=drain&AutoScalingGroupName=web-asg"
            ])
    }

    @Test(
        "a hook that is not there is told from other mistakes",
        arguments: [
            ("AutoScalingGroup name not found - AutoScalingGroup 'web-asg' not found", true),
            ("No Lifecycle Hook found with name: drain", true),
            ("Heartbeat timeout must be between 30 and 7200", false),
        ])
    func noHook(message: String, isMissing: Bool) {
        let error = AWSError(
            service: .autoScaling, operation: "DeleteLifecycleHook",
            reason: .refused(code: "ValidationError", message: message, status: 400, requestID: nil))
        #expect(error.isNoLifecycleHook == isMissing)
    }

    @Test("a group with a warm pool says so, and the pool's instances are a list of their own")
    func warmPool() async throws {
        let pool = "<WarmPoolConfiguration><PoolState>Stopped</PoolState></WarmPoolConfiguration>"
        let body = groupsAnswer(["web-asg"]).replacing("<MinSize>", with: pool + "<MinSize>")
        let groups = try await AutoScaling(ScriptedCaller(body)).describeAutoScalingGroups().items
        #expect(groups.map(\.hasWarmPool) == [true])
        let caller = ScriptedCaller(
            """
            <DescribeWarmPoolResponse><DescribeWarmPoolResult>\(pool)<Instances><member><InstanceId>i-0a</InstanceId>
            <LifecycleState>Warmed:Pending:Wait</LifecycleState><HealthStatus>Healthy</HealthStatus></member></Instances>
            <NextToken>p2</NextToken></DescribeWarmPoolResult></DescribeWarmPoolResponse>
            """)
        let page = try await AutoScaling(caller).describeWarmPool(group: "web-asg")
        #expect(page.items.map(\.lifecycleState) == ["Warmed:Pending:Wait"])
        #expect(page.nextToken == "p2")
        #expect(
            caller.bodies == [
                "Action=DescribeWarmPool&Version=2011-01-01&AutoScalingGroupName=web-asg&MaxRecords=50"
            ])
    }

    @Test("a group with a lifecycle policy says what becomes of an instance whose termination is abandoned")
    func lifecyclePolicy() async throws {
        let policy = """
            <InstanceLifecyclePolicy><RetentionTriggers><TerminateHookAbandon>retain</TerminateHookAbandon>
            </RetentionTriggers></InstanceLifecyclePolicy>
            """
        let body = groupsAnswer(["web-asg"]).replacing("<MinSize>", with: policy + "<MinSize>")
        let groups = try await AutoScaling(ScriptedCaller(body)).describeAutoScalingGroups().items
        #expect(groups.map(\.terminateHookAbandon) == ["retain"])
    }

    @Test("an answer without the list is not an empty list")
    func absentList() async {
        let caller = ScriptedCaller(
            "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult/></DescribeAutoScalingGroupsResponse>")
        let reason = await reason { () async throws(AWSError) in
            try await AutoScaling(caller).describeAutoScalingGroups()
        }
        #expect(reason == .unreadableAnswer("<DescribeAutoScalingGroupsResult> has no <AutoScalingGroups>"))
    }

    @Test("a lifecycle hook has its limits, and whom it tells what")
    func hooks() async throws {
        let caller = ScriptedCaller(hooksAnswer)
        let hooks = try await AutoScaling(caller).describeLifecycleHooks(group: "web-asg", names: ["drain"])
        #expect(
            hooks == [
                .init(
                    name: "drain", groupName: "web-asg", transition: "autoscaling:EC2_INSTANCE_TERMINATING",
                    heartbeatTimeout: 900, globalTimeout: 90_000, defaultResult: "ABANDON",
                    notificationTargetARN: "arn:aws:sns:eu-west-1:111122223333:drain",
                    notificationMetadata: #"{"cluster": "web"}"#)
            ])
        #expect(
            caller.bodies == [
                "Action=DescribeLifecycleHooks&Version=2011-01-01&AutoScalingGroupName=web-asg"
                    + "&LifecycleHookNames.member.1=drain"
            ])
    }

    @Test("a hook that is seen through EventBridge only has neither target nor metadata")
    func hookWithoutTarget() async throws {
        let body = hooksAnswer.replacing(/<Notification.*\n/, with: "")
        let hook = try #require(
            try await AutoScaling(ScriptedCaller(body)).describeLifecycleHooks(group: "web-asg").first)
        #expect(hook.notificationTargetARN == nil && hook.notificationMetadata == nil)
    }

    @Test("no names mean no call, not all hooks")
    func noHooks() async throws {
        let caller = ScriptedCaller()
        #expect(try await AutoScaling(caller).describeLifecycleHooks(group: "web-asg", names: []).isEmpty)
        #expect(caller.requests.isEmpty)
    }

    @Test("a time limit that is no number is unreadable")
    func garbledHook() async {
        let caller = ScriptedCaller(hooksAnswer.replacing("<HeartbeatTimeout>900", with: "<HeartbeatTimeout>soon"))
        let reason = await reason { () async throws(AWSError) in
            try await AutoScaling(caller).describeLifecycleHooks(group: "web-asg")
        }
        #expect(reason == .unreadableAnswer("<HeartbeatTimeout> is no number"))
    }

    @Test("a heartbeat names hook, group, token and instance")
    func heartbeat() async throws {
        let caller = ScriptedCaller(emptyAnswer("RecordLifecycleActionHeartbeat"))
        try await AutoScaling(caller).recordLifecycleActionHeartbeat(
            group: "web-asg", hook: "drain", token: token, instanceID: "i-0a")
        #expect(
            caller.bodies == [
                "Action=RecordLifecycleActionHeartbeat&Version=2011-01-01&LifecycleHookName=drain"
                    + "&AutoScalingGroupName=web-asg&LifecycleActionToken=\(token)&InstanceId=i-0a"
            ])
    }

    @Test("an action can be completed without a token")
    func completion() async throws {
        let caller = ScriptedCaller(emptyAnswer("CompleteLifecycleAction"))
        try await AutoScaling(caller).completeLifecycleAction(
            group: "web-asg", hook: "drain", result: .continue, token: nil, instanceID: "i-0a")
        #expect(
            caller.bodies == [
                "Action=CompleteLifecycleAction&Version=2011-01-01&LifecycleHookName=drain"
                    + "&AutoScalingGroupName=web-asg&InstanceId=i-0a&LifecycleActionResult=CONTINUE"
            ])
    }

    @Test(
        "that an action is over is told by the text, not by the code alone",
        arguments: [
            ("ValidationError", 400, "No active Lifecycle Action found with token bcd2f1b8", true),
            ("ValidationError", 400, "No active Lifecycle Action found with instance ID i-0a", true),
            ("ValidationError", 400, "No Lifecycle Hook found with name drain", true),
            ("ValidationError", 400, "AutoScalingGroup name not found - AutoScalingGroup 'web' not found", true),
            ("ValidationError", 400, "1 validation error detected: Value '' at 'instanceId'", false),
            ("InternalFailure", 500, "No active Lifecycle Action found with token bcd2f1b8", false),
        ])
    func noActiveAction(code: String, status: Int, message: String, expected: Bool) {
        let error = AWSError(
            service: .autoScaling, operation: "CompleteLifecycleAction",
            reason: .refused(code: code, message: message, status: status, requestID: nil))
        #expect(error.isNoActiveLifecycleAction == expected)
    }

    private let token = "bcd2f1b8-9a78-44d3-8a7a-4dd07d7cf635"
}

private let metadata =
    "<ResponseMetadata><RequestId>7c6e177f-f082-11e1-ac58-3714bEXAMPLE</RequestId></ResponseMetadata>"
private let namespace = "http://autoscaling.amazonaws.com/doc/2011-01-01/"

private func emptyAnswer(_ operation: String) -> String {
    "<\(operation)Response xmlns=\"\(namespace)\"><\(operation)Result/>\(metadata)</\(operation)Response>"
}

private func groupsAnswer(_ names: [String], nextToken: String? = nil) -> String {
    let members = names.map { name in
        """
        <member>
          <AutoScalingGroupName>\(name)</AutoScalingGroupName>
          <MinSize>1</MinSize><MaxSize>4</MaxSize><DesiredCapacity>2</DesiredCapacity>
          <DefaultCooldown>300</DefaultCooldown>
          <AvailabilityZones><member>eu-west-1a</member></AvailabilityZones>
          <Instances>
            <member>
              <InstanceId>i-0a</InstanceId><AvailabilityZone>eu-west-1a</AvailabilityZone>
              <LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>1</Version></LaunchTemplate>
              <LifecycleState>Terminating:Wait</LifecycleState><HealthStatus>Healthy</HealthStatus>
              <ProtectedFromScaleIn>false</ProtectedFromScaleIn>
            </member>
            <member>
              <InstanceId>i-0b</InstanceId><AvailabilityZone>eu-west-1a</AvailabilityZone>
              <LifecycleState>Levitating:Wait</LifecycleState><HealthStatus>Unhealthy</HealthStatus>
              <ProtectedFromScaleIn>false</ProtectedFromScaleIn>
            </member>
          </Instances>
          <CreatedTime>2024-03-23T03:26:43.904Z</CreatedTime>
          <HealthCheckType>EC2</HealthCheckType>
        </member>
        """
    }
    let token = nextToken.map { "<NextToken>\($0)</NextToken>" } ?? ""
    return """
        <DescribeAutoScalingGroupsResponse xmlns="\(namespace)">
          <DescribeAutoScalingGroupsResult>
            <AutoScalingGroups>\(members.joined())</AutoScalingGroups>\(token)
          </DescribeAutoScalingGroupsResult>\(metadata)
        </DescribeAutoScalingGroupsResponse>
        """
}

private let hooksAnswer = """
    <DescribeLifecycleHooksResponse xmlns="\(namespace)">
      <DescribeLifecycleHooksResult>
        <LifecycleHooks>
          <member>
            <AutoScalingGroupName>web-asg</AutoScalingGroupName>
            <RoleARN>arn:aws:iam::111122223333:role/hook</RoleARN>
            <LifecycleTransition>autoscaling:EC2_INSTANCE_TERMINATING</LifecycleTransition>
            <GlobalTimeout>90000</GlobalTimeout>
            <LifecycleHookName>drain</LifecycleHookName>
            <HeartbeatTimeout>900</HeartbeatTimeout>
            <DefaultResult>ABANDON</DefaultResult>
            <NotificationTargetARN>arn:aws:sns:eu-west-1:111122223333:drain</NotificationTargetARN>
            <NotificationMetadata>{&quot;cluster&quot;: &quot;web&quot;}</NotificationMetadata>
          </member>
        </LifecycleHooks>
      </DescribeLifecycleHooksResult>\(metadata)
    </DescribeLifecycleHooksResponse>
    """
