import Testing

@testable import AWSClient

@Suite("EC2")
struct EC2Tests {
    private func answer(_ content: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
          <requestId>8f7724cf-496f-496e-8fe3-example</requestId>\(content)
        </DescribeInstancesResponse>
        """
    }

    @Test("instances have an id and a state, whatever reservation they are of")
    func instances() async throws {
        let caller = ScriptedCaller(
            answer(
                """
                <reservationSet>
                  <item><reservationId>r-1</reservationId><groupSet/>
                    <instancesSet>
                      <item><instanceId>i-0a</instanceId><imageId>ami-1</imageId>
                        <instanceState><code>16</code><name>running</name></instanceState>
                        <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName></item></blockDeviceMapping></item>
                      <item><instanceId>i-0b</instanceId>
                        <instanceState><code>80</code><name>stopped</name></instanceState></item>
                    </instancesSet></item>
                  <item><reservationId>r-2</reservationId>
                    <instancesSet><item><instanceId>i-0c</instanceId>
                      <instanceState><code>96</code><name>levitating</name></instanceState></item></instancesSet></item>
                </reservationSet><nextToken>p2</nextToken>
                """))
        let page = try await EC2(caller).describeInstances(["i-0a", "i-0b", "i-0c"])
        #expect(
            page.items == [
                .init(id: "i-0a", state: "running"), .init(id: "i-0b", state: "stopped"),
                .init(id: "i-0c", state: "levitating"),
            ])
        #expect(page.nextToken == "p2")
    }

    @Test("they are asked for by a filter, so that one that EC2 does not know spoils nothing")
    func request() async throws {
        let caller = ScriptedCaller(answer("<reservationSet/>"))
        let page = try await EC2(caller).describeInstances(["i-0a", "i-0b"], page: "p2")
        #expect(page.items.isEmpty && page.nextToken == nil)
        #expect(
            caller.bodies == [
                "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-id&Filter.1.Value.1=i-0a"
                    + "&Filter.1.Value.2=i-0b&NextToken=p2"
            ])
    }

    @Test("none are asked for without a call: without a filter EC2 would describe all")
    func none() async throws {
        let caller = ScriptedCaller()
        #expect(try await EC2(caller).describeInstances([]).items.isEmpty)
        #expect(caller.requests.isEmpty)
    }

    @Test(
        "an answer without what is asked for is unreadable: it is not taken for \"there are none\"",
        arguments: [
            "", "<reservationSet><item/></reservationSet>",
            "<reservationSet><item><instancesSet><item><instanceId>i-0a</instanceId></item></instancesSet></item>"
                + "</reservationSet>",
        ])
    func unreadable(content: String) async {
        let caller = ScriptedCaller(answer(content))
        let reason = await reason { () async throws(AWSError) in try await EC2(caller).describeInstances(["i-0a"]) }
        #expect(reason?.isUnreadableAnswer == true)
    }
}
