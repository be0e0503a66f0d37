import AWSClient
import DrainModel
import HTTPTransport
import Synchronization
import Testing

@testable import DrainService

@Suite("What custom resources need of AWS")
struct StackErrandsTests {
    private let address = HookAddress(group: "web-asg", hook: "drain")

    private func errands(_ aws: ScriptedAWS, _ bucket: Bucket = Bucket(200)) -> StackErrands {
        StackErrands(caller: aws, http: bucket)
    }

    private func refusing(_ code: String, _ message: String) -> ScriptedAWS {
        ScriptedAWS(failing: .refused(code, message))
    }

    @Test("a hook is set without a target where none is named, so that an update takes it away")
    func put() async {
        let aws = ScriptedAWS("<PutLifecycleHookResponse><PutLifecycleHookResult/></PutLifecycleHookResponse>")
        let settings = HookSettings(
            transition: .launching, heartbeatTimeoutSeconds: 60, defaultResult: .abandon, notificationTargetARN: nil,
            roleARN: nil, cluster: "web")
        #expect(await errands(aws).put(address, settings) == .done)
        let text = aws.requests.first?.text ?? ""
        for part in [
            "EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout=60", "DefaultResult=ABANDON", "NotificationTargetARN=&",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("RoleARN"))
    }

    @Test("a hook that is not there is as good as removed")
    func deleteNothing() async {
        let aws = refusing("ValidationError", "AutoScalingGroup name not found - AutoScalingGroup 'web-asg' not found")
        #expect(await errands(aws).delete(address) == .done)
    }

    @Test("what AWS refuses is told from what it does not answer, and from too many requests")
    func replies() async {
        func reply(_ aws: ScriptedAWS) async -> String {
            switch await errands(aws).delete(address) {
            case .done: "done"
            case .refused: "refused"
            case .unanswered: "unanswered"
            }
        }
        #expect(await reply(refusing("AccessDenied", "no")) == "refused")
        #expect(await reply(refusing("Throttling", "Rate exceeded")) == "unanswered")
        #expect(await reply(ScriptedAWS(failing: .unreachable("silent"))) == "unanswered")
        #expect(await reply(ScriptedAWS(failing: .refused("InternalFailure", status: 500))) == "unanswered")
    }

    @Test("a group's instances are those that somebody still holds")
    func group() async throws {
        func member(_ id: String, _ state: String) -> String {
            "<member><InstanceId>\(id)</InstanceId><LifecycleState>\(state)</LifecycleState>"
                + "<HealthStatus>Healthy</HealthStatus></member>"
        }
        let instances = [
            member("i-1", "InService"), member("i-2", "Terminating:Wait"), member("i-3", "Terminating:Proceed"),
            member("i-4", "Standby"), member("i-5", "Terminated"),
        ].joined()
        let aws = ScriptedAWS(
            """
            <DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member>
            <AutoScalingGroupName>web-asg</AutoScalingGroupName><Instances>\(instances)</Instances>
            </member></AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>
            """)
        #expect(try await errands(aws).members(of: .autoScalingGroup("web-asg")) == ["i-1", "i-2", "i-4"])
    }

    @Test("a cluster that does not exist has no instances")
    func noCluster() async throws {
        let aws = refusing("ClusterNotFoundException", "Cluster not found.")
        #expect(try await errands(aws).members(of: .cluster("web")).isEmpty)
    }

    @Test("an answer is put as it is, under an empty Content-Type, and taken with any 2xx")
    func send() async throws {
        let request = StackRequestMachine.accept(
            StackMessage(
                requestType: .create, resourceType: "Custom::Other", stackID: "s", requestID: "r",
                logicalResourceID: "l", physicalResourceID: nil, responseURL: "https://bucket/a%3Ab?c", properties: [:],
                serviceTimeout: nil, topicARN: "t", sentAt: Timestamp(millisecondsSinceEpoch: 0)),
            from: .sns, served: [], at: Timestamp(millisecondsSinceEpoch: 0))
        let answer = try #require(request.answer)
        let bucket = Bucket(204)
        #expect(await errands(ScriptedAWS(""), bucket).send(answer, to: request.responseURL) == nil)
        let sent = try #require(bucket.requests.first)
        #expect((sent.method, sent.url) == ("PUT", "https://bucket/a%3Ab?c"))
        #expect(sent.headers.map { "\($0.name): \($0.value)" } == ["Content-Type: "])
        #expect(String(decoding: sent.body, as: UTF8.self) == answer.body)
        #expect(await errands(ScriptedAWS(""), Bucket(403)).send(answer, to: request.responseURL) == "HTTP 403")
    }
}

/// Answers with one status and notes what it was sent.
private final class Bucket: HTTPClient {
    private let status: Int
    private let sent = Mutex<[HTTPRequest]>([])

    init(_ status: Int) { self.status = status }

    var requests: [HTTPRequest] { sent.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        sent.withLock { $0.append(request) }
        return HTTPResponse(status: status, headers: [], body: [])
    }
}
