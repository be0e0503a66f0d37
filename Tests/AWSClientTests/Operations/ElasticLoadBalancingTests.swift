import Testing

@testable import AWSClient

@Suite("Elastic Load Balancing and SNS")
struct ElasticLoadBalancingTests {
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

    @Test("a classic load balancer tells the state of each of its instances")
    func instanceHealth() async throws {
        let caller = ScriptedCaller(
            answer(
                "DescribeInstanceHealth",
                """
                <InstanceStates>
                  <member><Description>N/A</Description><InstanceId>i-0a</InstanceId><State>InService</State>
                    <ReasonCode>N/A</ReasonCode></member>
                  <member><Description>Instance deregistration currently in progress.</Description>
                    <InstanceId>i-0b</InstanceId><State>Levitating</State><ReasonCode>N/A</ReasonCode></member>
                </InstanceStates>
                """))
        let states = try await ElasticLoadBalancing(caller).describeInstanceHealth(loadBalancer: "shop")
        #expect(
            states == [
                .init(instanceID: "i-0a", state: "InService", description: "N/A"),
                .init(
                    instanceID: "i-0b", state: "Levitating",
                    description: "Instance deregistration currently in progress."),
            ])
        #expect(caller.bodies == ["Action=DescribeInstanceHealth&Version=2012-06-01&LoadBalancerName=shop"])
    }

    @Test("an instance of a classic load balancer without a state is unreadable")
    func instanceWithoutState() async {
        let caller = ScriptedCaller(
            answer(
                "DescribeInstanceHealth",
                "<InstanceStates><member><InstanceId>i-0a</InstanceId></member></InstanceStates>"))
        let reason = await reason { () async throws(AWSError) in
            try await ElasticLoadBalancing(caller).describeInstanceHealth(loadBalancer: "shop")
        }
        #expect(reason?.isUnreadableAnswer == true)
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
