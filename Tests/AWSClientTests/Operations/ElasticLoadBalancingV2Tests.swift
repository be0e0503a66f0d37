import Testing

@testable import AWSClient

@Suite("Elastic Load Balancing v2 and SNS")
struct ElasticLoadBalancingV2Tests {
    @Test("targets have id, port, state and reason")
    func targetHealth() async throws {
        let caller = ScriptedCaller(
            answer(
                "DescribeTargetHealth",
                """
                <TargetHealthDescriptions>
                  <member>
                    <HealthCheckPort>32768</HealthCheckPort>
                    <TargetHealth><State>draining</State><Reason>Target.DeregistrationInProgress</Reason>
                      <Description>Target deregistration is in progress</Description></TargetHealth>
                    <Target><Port>32768</Port><Id>i-0a</Id></Target>
                  </member>
                  <member>
                    <TargetHealth><State>levitating</State></TargetHealth>
                    <Target><Id>10.0.0.7</Id><AvailabilityZone>eu-west-1a</AvailabilityZone></Target>
                    <AnomalyDetection><Result>normal</Result></AnomalyDetection>
                  </member>
                </TargetHealthDescriptions>
                """))
        let targets = try await ElasticLoadBalancingV2(caller).describeTargetHealth(
            targetGroupARN: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/73e2d6bc24d8a067")
        #expect(
            targets == [
                .init(id: "i-0a", port: 32_768, state: "draining", reason: "Target.DeregistrationInProgress"),
                .init(id: "10.0.0.7", port: nil, state: "levitating", reason: nil),
            ])
        #expect(
            caller.bodies == [
                "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=arn%3Aaws%3Aelasticloadbalancing"
                    + "%3Aeu-west-1%3A111122223333%3Atargetgroup%2Fshop%2F73e2d6bc24d8a067"
            ])
    }

    @Test("a group without targets has none")
    func noTargets() async throws {
        let caller = ScriptedCaller(answer("DescribeTargetHealth", "<TargetHealthDescriptions/>"))
        #expect(try await ElasticLoadBalancingV2(caller).describeTargetHealth(targetGroupARN: "tg").isEmpty)
    }

    @Test("target groups are described over three pages")
    func targetGroups() async throws {
        let caller = ScriptedCaller(
            groupsAnswer("arn:a", marker: "m2"), groupsAnswer("arn:b", marker: "m3"), groupsAnswer("arn:c"))
        let groups = try await ElasticLoadBalancingV2(caller).describeTargetGroups(["arn:a", "arn:b", "arn:c"])
        #expect(groups == ["arn:a", "arn:b", "arn:c"].map { .init(arn: $0, targetType: "instance") })
        let arns =
            "Action=DescribeTargetGroups&Version=2015-12-01&TargetGroupArns.member.1=arn%3Aa"
            + "&TargetGroupArns.member.2=arn%3Ab&TargetGroupArns.member.3=arn%3Ac"
        #expect(caller.bodies == [arns, arns + "&Marker=m2", arns + "&Marker=m3"])
    }

    @Test("no target groups mean no call, not all groups")
    func noGroups() async throws {
        let caller = ScriptedCaller()
        #expect(try await ElasticLoadBalancingV2(caller).describeTargetGroups([]).isEmpty)
        #expect(caller.requests.isEmpty)
    }

    @Test("a subscription is confirmed, and gives its ARN", arguments: [true, false])
    func confirmSubscription(authenticated: Bool) async throws {
        let arn = "arn:aws:sns:eu-west-1:111122223333:drain:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"
        let caller = ScriptedCaller(
            answer("ConfirmSubscription", "<SubscriptionArn>\(arn)</SubscriptionArn>"))
        let confirmed = try await SNS(caller).confirmSubscription(
            topicARN: "arn:aws:sns:eu-west-1:111122223333:drain", token: "2336412f37",
            authenticateOnUnsubscribe: authenticated)
        #expect(confirmed == arn)
        #expect(
            caller.bodies == [
                "Action=ConfirmSubscription&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333"
                    + "%3Adrain&Token=2336412f37" + (authenticated ? "&AuthenticateOnUnsubscribe=true" : "")
            ])
    }
}

private func answer(_ operation: String, _ result: String) -> String {
    """
    <\(operation)Response xmlns="http://example.amazonaws.com/doc/"><\(operation)Result>\(result)</\(operation)Result>
    <ResponseMetadata><RequestId>a670db25-e4a8-11e4-8c8c-bf5b3aEXAMPLE</RequestId></ResponseMetadata>
    </\(operation)Response>
    """
}

private func groupsAnswer(_ arn: String, marker: String? = nil) -> String {
    answer(
        "DescribeTargetGroups",
        """
        <TargetGroups><member>
          <TargetGroupArn>\(arn)</TargetGroupArn><TargetGroupName>shop</TargetGroupName><Protocol>HTTP</Protocol>
          <Port>80</Port><TargetType>instance</TargetType><Matcher><HttpCode>200</HttpCode></Matcher>
          <LoadBalancerArns><member>lb</member></LoadBalancerArns>
        </member></TargetGroups>\(marker.map { "<NextMarker>\($0)</NextMarker>" } ?? "")
        """)
}
