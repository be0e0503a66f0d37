import Testing

@testable import AWSClient

@Suite("Auto Scaling")
struct AutoScalingTests {
    @Test("groups are described over three pages")
    func groupPages() async throws {
        let caller = ScriptedCaller(
            groupsAnswer(["a"], nextToken: "t/2+="), groupsAnswer(["b"], nextToken: "t3"), groupsAnswer(["c"]))
        let groups = try await AutoScaling(caller).describeAutoScalingGroups(["web-asg", "größe & co"])
        #expect(groups.map(\.name) == ["a", "b", "c"])
        let names =
            "Action=DescribeAutoScalingGroups&Version=2011-01-01&AutoScalingGroupNames.member.1=web-asg"
            + "&AutoScalingGroupNames.member.2=gr%C3%B6%C3%9Fe%20%26%20co"
        #expect(caller.bodies == [names, names + "&NextToken=t%2F2%2B%3D", names + "&NextToken=t3"])
    }

    @Test("a group has its instances, of whatever lifecycle state")
    func group() async throws {
        let groups = try await AutoScaling(ScriptedCaller(groupsAnswer(["web-asg"]))).describeAutoScalingGroups()
        #expect(
            groups == [
                .init(
                    name: "web-asg",
                    instances: [
                        .init(
                            id: "i-0a", groupName: "web-asg", lifecycleState: "Terminating:Wait",
                            healthStatus: "Healthy"),
                        .init(
                            id: "i-0b", groupName: "web-asg", lifecycleState: "Levitating:Wait",
                            healthStatus: "Unhealthy"),
                    ])
            ])
    }

    @Test("no names mean no call, not all groups")
    func noNames() async throws {
        let caller = ScriptedCaller()
        #expect(try await AutoScaling(caller).describeAutoScalingGroups([]).isEmpty)
        #expect(caller.requests.isEmpty)
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

    @Test("101 instances are described in three calls of at most 50")
    func instanceBatches() async throws {
        let caller = ScriptedCaller(instancesAnswer(["i-1"]), instancesAnswer([]), instancesAnswer(["i-2"]))
        let ids = (0..<101).map { "i-\($0)" }
        let instances = try await AutoScaling(caller).describeAutoScalingInstances(ids)
        #expect(instances.map(\.id) == ["i-1", "i-2"])
        #expect(caller.bodies.map { $0.components(of: "InstanceIds.member.") } == [50, 50, 1])
        #expect(
            caller.bodies.last
                == "Action=DescribeAutoScalingInstances&Version=2011-01-01&InstanceIds.member.1=i-100")
    }

    @Test("an instance has its group and state")
    func instance() async throws {
        let instances = try await AutoScaling(ScriptedCaller(instancesAnswer(["i-1"])))
            .describeAutoScalingInstances(["i-1"])
        #expect(
            instances == [
                .init(id: "i-1", groupName: "web-asg", lifecycleState: "Terminating:Wait", healthStatus: "HEALTHY")
            ])
    }

    @Test("a lifecycle hook has its limits")
    func hooks() async throws {
        let caller = ScriptedCaller(hooksAnswer)
        let hooks = try await AutoScaling(caller).describeLifecycleHooks(group: "web-asg", names: ["drain"])
        #expect(
            hooks == [
                .init(
                    name: "drain", groupName: "web-asg", transition: "autoscaling:EC2_INSTANCE_TERMINATING",
                    heartbeatTimeout: 900, globalTimeout: 90_000, defaultResult: "ABANDON",
                    notificationTargetARN: "arn:aws:sns:eu-west-1:111122223333:drain")
            ])
        #expect(
            caller.bodies == [
                "Action=DescribeLifecycleHooks&Version=2011-01-01&AutoScalingGroupName=web-asg"
                    + "&LifecycleHookNames.member.1=drain"
            ])
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
            ("ValidationError", 400, "No Lifecycle Hook found with name drain", false),
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

extension String {
    /// How often a text is in this one.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
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

private func instancesAnswer(_ ids: [String]) -> String {
    let members = ids.map { id in
        """
        <member>
          <InstanceId>\(id)</InstanceId><AutoScalingGroupName>web-asg</AutoScalingGroupName>
          <AvailabilityZone>eu-west-1a</AvailabilityZone><LifecycleState>Terminating:Wait</LifecycleState>
          <HealthStatus>HEALTHY</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn>
        </member>
        """
    }
    return """
        <DescribeAutoScalingInstancesResponse xmlns="\(namespace)">
          <DescribeAutoScalingInstancesResult>
            <AutoScalingInstances>\(members.joined())</AutoScalingInstances>
          </DescribeAutoScalingInstancesResult>\(metadata)
        </DescribeAutoScalingInstancesResponse>
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
          </member>
        </LifecycleHooks>
      </DescribeLifecycleHooksResult>\(metadata)
    </DescribeLifecycleHooksResponse>
    """
